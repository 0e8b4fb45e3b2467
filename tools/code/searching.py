"""Looks for text in the files of a workspace: with ripgrep in a box where both are there, in Python elsewhere."""

import json
import re
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from graph.errors import BadInput, Unavailable
from tools.code.globs import HEAVY
from tools.code.sandbox import Sandbox
from tools.code.scan import LARGEST, Hit, Query, compiled, is_meant, line_shown, scan

LIMIT_S = 20
OUTPUT_KB = 8192
PLAIN = re.compile(r"""(?:[\w\s,;:=@#%!<>/'"`~&-]|\\[\W_wdsWDSb]|\[\^?[\w\s.,:;=/@-]+\]|[.()|^$*+?]|\{\d+(,\d*)?\})+""")
"""Regular expressions that ripgrep and Python read alike; any other is read by Python."""
PLAIN_GLOB = re.compile(r"[\w./*?-]+")
TOO_LONG = f"The search took longer than {LIMIT_S} s: look for a plainer text, or in fewer files with a glob."

Searcher = Literal["ripgrep", "python"]


def search(root: Path, query: Query, sandbox: Sandbox, searcher: Searcher | None = None) -> list[Hit]:
    """The first lines that have it, by path and line; raises BadInput where nothing sensible can be looked for."""
    pattern = compiled(query)
    if (searcher or best_searcher(sandbox)) == "ripgrep" and (not query.is_regex or PLAIN.fullmatch(query.pattern)):
        try:
            found = _by_ripgrep(root, query, sandbox)
        except Unavailable:
            found = None
        if found is not None:
            return found
    return _in_a_process(root, query) if query.is_regex else scan(root, query, pattern)


def best_searcher(sandbox: Sandbox) -> Searcher:
    """Ripgrep follows names, not descriptors, so it is only let loose where there is nothing else to see."""
    return "ripgrep" if sandbox.mode == "on" and shutil.which("rg") else "python"


def _by_ripgrep(root: Path, query: Query, sandbox: Sandbox) -> list[Hit] | None:
    """None where ripgrep cannot read the pattern."""
    program = Path(shutil.which("rg") or "rg").resolve()
    given = [root] if program.is_relative_to("/usr") else [root, program]
    words = [str(program), *_words(query)]
    ran = sandbox.run(words, cwd=root, read_only=given, timeout_s=LIMIT_S, output_kb=OUTPUT_KB)
    if ran.is_timed_out:
        raise BadInput(TOO_LONG)
    if ran.exit_code > 1:
        return None
    found = (hit for hit in _hits(ran.stdout.splitlines()) if is_meant(hit.path, query))
    return [hit for hit, _ in zip(found, range(query.most), strict=False)]


def _words(query: Query) -> list[str]:
    """The same files that the Python search looks at: hidden and ignored ones too, heavy folders and git's not."""
    words = ["--no-config", "--json", "--no-ignore", "--hidden", "--no-messages", "--sort=path", "--encoding=none"]
    words += [f"--max-filesize={LARGEST}"]
    words += [] if query.is_regex else ["--fixed-strings"]
    words += ["--ignore-case"] if query.ignores_case else ["--case-sensitive"]
    words += [f"--glob={query.glob}"] if PLAIN_GLOB.fullmatch(query.glob) else []
    words += [f"--glob=!{name}/" for name in HEAVY]
    return [*words, "--iglob=!.git", "--regexp", query.pattern, "--", "."]


def _hits(lines: list[str]) -> Iterator[Hit]:
    """What ripgrep's JSON says; a file in which it came upon a NUL is binary, and its lines do not count."""
    in_file: list[Hit] = []
    for line in lines:
        try:
            told = json.loads(line)
        except json.JSONDecodeError:
            break
        if told["type"] == "match":
            data = told["data"]
            path = _text(data["path"]).removeprefix("./")
            in_file.append(Hit(path, data["line_number"], line_shown(_text(data["lines"]))))
        elif told["type"] == "end":
            yield from () if told["data"].get("binary_offset") is not None else in_file
            in_file = []
    yield from in_file


def _text(told: dict[str, Any]) -> str:
    return str(told["text"]) if "text" in told else b64decode(told["bytes"]).decode(errors="replace")


def _in_a_process(root: Path, query: Query) -> list[Hit]:
    """The Python search where it can be ended: some regular expressions take for ever on some lines."""
    words = [sys.executable, "-m", "tools.code.scan", str(root), json.dumps(asdict(query))]
    home = Path(__file__).parents[2]
    try:
        done = subprocess.run(
            words, cwd=home, env={"LANG": "C.UTF-8"}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=LIMIT_S, check=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BadInput(TOO_LONG) from error
    return [Hit(**told) for told in json.loads(done.stdout)]
