"""Holds the tests as they are written now against those of the base: deleted, skipped, weakened or empty ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from tools.checks.findings import Finding
from tools.checks.test_census import Written
from tools.code.globs import matches

Tests = Mapping[str, Mapping[str, Written]]
"""The tests of some files: path, name, test."""

ALIKE = 0.6
"""From here on a test with another name and another text counts as the old one, changed."""
COLLECTED = ("test_*.py", "*_test.py")
LOOSER = 3
SMALL = 1e-3
"""A tolerance up to here is one of rounding."""


@dataclass(frozen=True)
class Place:
    """A test of a file."""

    path: str
    test: Written

    @property
    def function(self) -> str:
        """The test as the ids of a run name it."""
        return f"{self.path}::{self.test.name}"

    @property
    def short(self) -> str:
        """Its name without the classes it is in."""
        return self.test.name.rpartition("::")[2]


@dataclass(frozen=True)
class Pair:
    """A test of the base and what became of it, None where nothing did."""

    before: Place
    after: Place | None

    @property
    def is_changed(self) -> bool:
        return self.after is not None and self.after.test.digest != self.before.test.digest

    @property
    def has_new_words_only(self) -> bool:
        """Whether it wants the same errors, with other words in their messages."""
        return self.is_changed and self.after is not None and self.after.test.wordless == self.before.test.wordless

    @property
    def has_new_constants_only(self) -> bool:
        """Whether its assertions and cases differ in nothing but their constants."""
        return self.is_changed and self.after is not None and self.after.test.shape == self.before.test.shape


def places(tests: Tests) -> list[Place]:
    """The tests of some files, one after the other."""
    return [Place(path, test) for path, of in tests.items() for test in of.values()]


def pair_up(before: Tests, after: Tests, renamed: Mapping[str, str]) -> list[Pair]:
    """Every test of the base with its successor: the same text anywhere, the same name, or a similar text."""
    old, left = places(before), places(after)
    found: dict[str, Place] = {}
    for is_same in (_same_text_here, _same_text, _same_place, _same_name):
        for place in old:
            if place.function in found:
                continue
            candidates = [one for one in left if is_same(place, one, renamed)]
            if candidates and (is_same is not _same_name or len(candidates) == 1):
                found[place.function] = candidates[0]
                left.remove(candidates[0])
    for place in old:
        if place.function not in found and (similar := _most_similar(place, left)):
            found[place.function] = similar
            left.remove(similar)
    return [Pair(place, found.get(place.function)) for place in old]


def _same_text_here(old: Place, new: Place, renamed: Mapping[str, str]) -> bool:
    return _same_place(old, new, renamed) and old.test.digest == new.test.digest


def _same_text(old: Place, new: Place, renamed: Mapping[str, str]) -> bool:
    return old.test.digest == new.test.digest


def _same_place(old: Place, new: Place, renamed: Mapping[str, str]) -> bool:
    return renamed.get(old.path, old.path) == new.path and old.test.name == new.test.name


def _same_name(old: Place, new: Place, renamed: Mapping[str, str]) -> bool:
    return old.short == new.short


def _most_similar(old: Place, left: list[Place]) -> Place | None:
    def likeness(one: Place) -> float:
        matcher = SequenceMatcher(None, old.test.source, one.test.source, autojunk=False)
        return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0

    best = max(left, key=likeness, default=None)
    return best if best is not None and likeness(best) >= ALIKE else None


def tamper_findings(pairs: list[Pair], gone: set[str]) -> Iterator[Finding]:
    """What became worse; `gone` are files of the base that are not there any more."""
    lost: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.after is None:
            lost.setdefault(pair.before.path, []).append(pair.before.test.name)
        else:
            yield from _worse(pair.before.test, pair.after)
    for path, names in lost.items():
        told = f"{names[0]} was deleted" if len(names) == 1 else f"{len(names)} tests were deleted: {', '.join(names)}"
        where = f"{path} is gone: " if path in gone else ""
        yield _finding(path, 0, "test-deleted", f"{where}{told}.")


def _worse(old: Written, place: Place) -> Iterator[Finding]:
    new = place.test
    if more := sorted(new.skips - old.skips):
        told = f"{new.name} is no longer sure to run: {', '.join(more)}."
        yield _finding(place.path, new.line, "test-skipped", told)
    if why := _why_weaker(old, new):
        yield _finding(place.path, new.line, "test-weakened", f"{new.name} claims less than before: {why}.")


def _why_weaker(old: Written, new: Written) -> str:
    had, has = old.strengths, new.strengths
    if len(has) < len(had):
        return f"{len(has)} assertions that can fail, where there were {len(had)}"
    if any(new_one < old_one for old_one, new_one in zip(had, has, strict=False)):
        return "an assertion of it is weaker"
    if new.tolerance > max(LOOSER * old.tolerance, SMALL):
        return f"a value may be off by {new.tolerance:g}"
    return ""


def told_of(pairs: list[Pair]) -> set[tuple[str, str]]:
    """File, and rule with the name of the test, of everything `tamper_findings` says of a single test."""
    told = set()
    for pair in pairs:
        if pair.after is not None:
            found = _worse(pair.before.test, pair.after)
            told |= {(pair.after.path, f"{one.rule} {pair.after.test.name}") for one in found}
    return told


def empty_tests(changed: list[Place]) -> Iterator[Finding]:
    """New or changed tests in which nothing can fail."""
    for place in changed:
        is_run = place.test.is_collectible and any(matches(name, place.path) for name in COLLECTED)
        if is_run and not place.test.claims:
            told = f"{place.test.name} asserts nothing, so it passes whatever the code does."
            yield _finding(place.path, place.test.line, "test-asserts-nothing", told)


def _finding(path: str, line: int, rule: str, message: str) -> Finding:
    return Finding(path, line, rule, message, is_acceptable=True)
