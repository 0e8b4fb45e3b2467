"""Runs in the box, in Magnus's Python: whether YAML, TOML and JSON can be read. It stands alone."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

COMMENTS = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
TRAILING = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[\]}])')
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _yaml(text: str) -> None:
    for _ in yaml.compose_all(text, Loader=LOADER):
        pass


def _json(text: str) -> None:
    if text.strip():
        json.loads(text.removeprefix("\ufeff"))


def _lines(text: str) -> None:
    for line in filter(str.strip, text.splitlines()):
        json.loads(line)


def _commented(text: str) -> None:
    plain = COMMENTS.sub(lambda found: found[1] or "", text.removeprefix("\ufeff"))
    _json(TRAILING.sub(lambda found: found[1] or "", plain))


READERS: dict[str, Callable[[str], object]] = {
    "yaml": _yaml,
    "toml": tomllib.loads,
    "json": _json,
    "commented": _commented,
    "lines": _lines,
}


def complaint(kind: str, path: str) -> dict[str, Any] | None:
    """Where and why a file cannot be read as what it is, or None."""
    try:
        READERS[kind](Path(path).read_bytes().decode("utf-8"))
    except json.JSONDecodeError as error:
        return {"line": error.lineno, "message": error.msg}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return {"line": mark.line + 1 if mark else 0, "message": error.problem or "no YAML"}
    except (tomllib.TOMLDecodeError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        return {"line": int(found[1]) if found else 0, "message": str(error).splitlines()[0]}
    return None


def main(job: Any) -> Any:
    """The answer to a job: for each file what the first of its kinds complains of, unless one of them reads it."""
    told = {}
    for name, (kinds, path) in job["files"].items():
        complaints = [complaint(kind, path) for kind in kinds]
        told[name] = None if None in complaints else complaints[0]
    return {"yaml": yaml.__version__, "files": told}
