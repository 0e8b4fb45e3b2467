"""How much of the lines of a change its tests run; only lines that can run count."""

import configparser
import fnmatch
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.checks.change import Change
from tools.checks.changed_parts import Parts
from tools.checks.findings import Finding, Severity
from tools.checks.outcomes import Outcomes

SHOWN = 12


@dataclass(frozen=True)
class Exceptions:
    """What the coverage configuration of the base leaves out; that of the change has no say."""

    lines: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def has_file(self, path: str) -> bool:
        """Whether a file is left out."""
        return any(fnmatch.fnmatch(path, pattern.removeprefix("./")) for pattern in self.files)


def exceptions_of(change: Change) -> Exceptions:
    """What the base's own configuration takes out, from the file that coverage would read."""
    for name, read in (
        (".coveragerc", _of_ini("")),
        ("setup.cfg", _of_ini("coverage:")),
        ("tox.ini", _of_ini("coverage:")),
        ("pyproject.toml", _of_toml),
    ):
        text = change.text(f"{change.prefix}{name}", change.base)
        if text and (found := read(text)) != Exceptions():
            return found
    return Exceptions()


def _of_ini(prefix: str) -> Any:
    def read(text: str) -> Exceptions:
        config = configparser.RawConfigParser(strict=False)
        try:
            config.read_string(text)
        except configparser.Error:
            return Exceptions()
        values = {key: config.get(f"{prefix}{key[0]}", key[1], fallback="") for key in KEYS}
        return _exceptions(
            {key: tuple(filter(None, map(str.strip, told.splitlines()))) for key, told in values.items()}
        )

    return read


KEYS = (("report", "exclude_lines"), ("report", "exclude_also"), ("run", "omit"), ("report", "omit"))


def _of_toml(text: str) -> Exceptions:
    try:
        told = tomllib.loads(text).get("tool", {}).get("coverage", {})
        return _exceptions({(part, key): tuple(told.get(part, {}).get(key, ())) for part, key in KEYS})
    except (tomllib.TOMLDecodeError, AttributeError, TypeError):
        return Exceptions()


def _exceptions(found: Mapping[tuple[str, str], tuple[str, ...]]) -> Exceptions:
    first, also, run, report = (found[key] for key in KEYS)
    return Exceptions((*first, *also), (*run, *report))


def measured_lines(parts: Parts, exceptions: Exceptions) -> dict[str, list[int]]:
    """The added lines of each changed file that tests have to run."""
    inside = ((one, one.path.removeprefix(parts.change.prefix)) for one in parts.code)
    return {one.path: sorted(one.added) for one, name in inside if one.added and not exceptions.has_file(name)}


@dataclass(frozen=True)
class Covered:
    """The statements of a change, those of them that ran, and what could not be measured.

    `lines` are all changed lines of statements that ran, which may have several.
    """

    touched: Mapping[str, frozenset[int]]
    ran: Mapping[str, frozenset[int]]
    trouble: Mapping[str, str]
    lines: Mapping[str, frozenset[int]]

    @property
    def statements(self) -> int:
        return sum(map(len, self.touched.values()))

    @property
    def percent(self) -> float:
        """100 where nothing of the change can run."""
        ran = sum(map(len, self.ran.values()))
        return 100 * ran / self.statements if self.statements else 100.0

    def findings(self, least: float) -> Iterator[Finding]:
        """The lines no test runs; they fail where the change as a whole is below the least."""
        for path, why in self.trouble.items():
            told = f"How much of it the tests run could not be measured: {why}."
            yield Finding(path, 0, "coverage-unknown", told, is_acceptable=True)
        for path, touched in self.touched.items():
            missing = sorted(touched - self.ran[path])
            share = 100 * (len(touched) - len(missing)) / len(touched) if touched else 100.0
            if missing:
                shown = ", ".join(map(str, missing[:SHOWN])) + (" and more" if missing[SHOWN:] else "")
                fails = self.percent < least and share < least
                told = f"No test runs {len(missing)} of {len(touched)} changed statements: {shown}."
                rest = f" Of the whole change {self.percent:.0f} % are run, and {least:g} % are asked for."
                severity: Severity = "high" if fails else "low"
                yield Finding(path, missing[0], "diff-coverage", told + (rest if fails else ""), severity, fails)


def covered(measured: Mapping[str, list[int]], outcomes: Outcomes) -> Covered:
    """What a run says of the lines that were to be measured."""
    facts = outcomes.coverage
    unknown = {path: facts[path]["trouble"] for path in measured if "trouble" in facts.get(path, {})}
    unknown |= {path: "coverage does not run in the project's Python" for path in measured if path not in facts}
    known = {path: facts[path] for path in measured if path not in unknown}
    touched = {path: frozenset(of["touched"]) for path, of in known.items()}
    ran = {path: frozenset(of["ran"]) for path, of in known.items()}
    lines = {path: frozenset(map(int, of["tests"])) for path, of in known.items()}
    return Covered(touched, ran, unknown, lines)
