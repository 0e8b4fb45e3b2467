"""Ruff with settings of ours: what it says of the changed files as they are and as they were."""

import json
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.checks.before import Before
from tools.checks.errand import ErrandFailed
from tools.checks.parsing import inside, text_of_base
from tools.checks.stand import OWN, Stand
from tools.code.limits import Ran

SYNTAX = "invalid-syntax"


@dataclass(frozen=True)
class Hit:
    """One thing a tool says: a path from the top of the repository, lines, its rule and its words."""

    path: str
    line: int
    last: int
    rule: str
    message: str


@dataclass(frozen=True)
class Settings:
    """What the base's own settings of ruff say that is kept: the rest of them has no say."""

    ignored: tuple[str, ...] = ()
    ignored_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    builtins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Linted:
    """What ruff says of the files now, and of what they were."""

    now: tuple[Hit, ...]
    before: tuple[Hit, ...]
    ran: Ran


def settings_of(stand: Stand) -> Settings:
    """The settings of ruff in the base of the change."""
    told = _read(text_of_base(stand, "pyproject.toml")).get("tool", {}).get("ruff", {})
    for name in ("ruff.toml", ".ruff.toml"):
        told = _read(text_of_base(stand, name)) or told
    lint = {**told, **told.get("lint", {})}
    ignored = [*lint.get("ignore", []), *lint.get("extend-ignore", [])]
    places = {**lint.get("per-file-ignores", {}), **lint.get("extend-per-file-ignores", {})}
    return Settings(
        tuple(ignored), {path: tuple(rules) for path, rules in places.items()}, tuple(told.get("builtins", ()))
    )


def run_ruff(
    stand: Stand,
    paths: Iterable[str],
    before: Before,
    rules: Sequence[str],
    *,
    python: str,
    settings: Settings,
    config: Sequence[str] = (),
) -> Linted:
    """Ruff on the changed files and on what they were; nothing in them silences it. Raises ErrandFailed."""
    now = [inside(stand, path) for path in paths]
    old = {str(place): path for path, place in before.places.items() if place.suffix in (".py", ".pyi")}
    words = ["--isolated", "--no-cache", "--ignore-noqa", "--quiet", "--output-format", "json", "--target-version"]
    words += [python, "--select", ",".join(rules)]
    for told in (*config, *([f"builtins = {json.dumps(settings.builtins)}"] if settings.builtins else [])):
        words += ["--config", told]
    tree = stand.folder(stand.change.tree)
    ran = stand.run(
        [str(OWN / "bin" / "ruff"), "check", *words, "--", *now, *old], tree, may_write=False, seen=[before.folder]
    )
    if ran.exit_code not in (0, 1) or ran.is_truncated:
        raise ErrandFailed("The changed files", ran)
    try:
        hits = list(_hits(stand, json.loads(ran.stdout or "[]"), old))
    except (ValueError, KeyError, TypeError) as error:
        raise ErrandFailed("The changed files", ran) from error
    return Linted(tuple(hit for is_now, hit in hits if is_now), tuple(hit for is_now, hit in hits if not is_now), ran)


def _hits(stand: Stand, told: list[Any], old: Mapping[str, str]) -> Iterator[tuple[bool, Hit]]:
    places = [f"{place}{os.sep}" for place in (stand.change.root, stand.folder(stand.change.tree))]
    for one in told:
        file = one["filename"]
        path = old.get(file) or next((file.removeprefix(place) for place in places if file.startswith(place)), file)
        line, last = one["location"]["row"], one["end_location"]["row"]
        yield file not in old, Hit(path, line, last, one["code"] or SYNTAX, one["message"])


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
