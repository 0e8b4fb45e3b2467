"""The tools an agent may have, and what the `tools` line of an agent file in any of its forms asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TOOLS = (
    "list",
    "glob",
    "search",
    "read",
    "write",
    "edit",
    "delete",
    "move",
    "run",
    "run_tests",
    "git_diff",
    "git_log",
    "git_blame",
    "ask_agent",
    "scratch_postgres",
    "query_plan",
    "past_runs",
    "pin_wheels",
    "install_wheels",
)
WRITING = frozenset({"write", "edit", "delete", "move"})
HISTORY = ("git_diff", "git_log", "git_blame")

CLAUDE_TOOLS: dict[str, tuple[str, ...]] = {
    "read": ("read",),
    "notebookread": ("read",),
    "write": ("write",),
    "edit": ("edit",),
    "multiedit": ("edit",),
    "notebookedit": ("edit",),
    "glob": ("glob", "list"),
    "ls": ("list",),
    "grep": ("search",),
    "bash": ("run", "run_tests", *HISTORY),
    "task": ("ask_agent",),
    "agent": ("ask_agent",),
}
"""Claude Code's name in lower case, and what it means here."""

UNAVAILABLE = {
    "bashoutput": "a command has ended when its answer comes",
    "killbash": "a command has ended when its answer comes",
    "killshell": "a command has ended when its answer comes",
    "webfetch": "the box has no network",
    "websearch": "the box has no network",
    "todowrite": "the planner keeps the to-do list",
    "todoread": "the planner keeps the to-do list",
    "taskcreate": "the planner keeps the to-do list",
    "taskupdate": "the planner keeps the to-do list",
    "taskget": "the planner keeps the to-do list",
    "tasklist": "the planner keeps the to-do list",
    "taskoutput": "agents run in stages",
    "taskstop": "agents run in stages",
    "skill": "Magnus has no skills",
    "slashcommand": "Magnus has no slash commands",
    "toolsearch": "the tools are those of the file",
    "lsp": "there is no language server",
    "askuserquestion": "the graph asks the person",
    "enterplanmode": "the workflow decides when to plan",
    "exitplanmode": "the workflow decides when to plan",
    "enterworktree": "each agent has its workspace already",
    "listmcpresourcestool": "no server is started for an agent file",
    "readmcpresourcetool": "no server is started for an agent file",
}
EVERYTHING = {"*", "all", "all tools", "alltools"}
ALL_BUT = re.compile(r"\s*(?:\*|all(?: tools)?)\s*[\[(]?\s*(?:except|but|excluding)\b(.*)", re.IGNORECASE | re.DOTALL)
SEPARATOR = re.compile(r"[,;|\n](?![^(]*\))")
RUNS_TESTS = re.compile(r"(python3? -m )?(pytest|unittest|tox|nox|make test|npm (run )?test)\b")
READS_HISTORY = re.compile(r"git( (diff|log|show|blame|status)\b|:\*|\*| \*)")
HARMLESS = frozenset({"read", "list", "glob", "search", "ask_agent"})


@dataclass(frozen=True, slots=True)
class Grant:
    """The tools a file gets, in the order of TOOLS, and what of its wish had no meaning here."""

    tools: tuple[str, ...]
    problems: tuple[str, ...] = ()


def grant(wish: Any, denied: Any = None) -> Grant:
    """What `tools` and `disallowedTools` of a file come to; None, the absent line, is every tool.

    >>> grant("Read, Grep, WebFetch").tools
    ('search', 'read')
    >>> grant(None, denied="Bash(rm:*), Write, Edit").tools[:5]
    ('list', 'glob', 'search', 'read', 'delete')
    """
    problems: list[str] = []
    granted = set(TOOLS) if wish is None else _granted(wish, problems)
    granted -= _denied(denied)
    return Grant(tuple(tool for tool in TOOLS if tool in granted), tuple(problems))


def _denied(wish: Any) -> set[str]:
    """The tools a list takes away; one that is denied for some uses is denied for all."""
    return {tool for name, _ in _entries(wish) for tool in _called(name)}


def _granted(wish: Any, problems: list[str]) -> set[str]:
    if isinstance(wish, str) and (exception := ALL_BUT.match(wish)):
        return set(TOOLS) - _denied(re.sub(r"[\])]\s*$", "", exception[1]))
    granted: set[str] = set()
    entries = list(_entries(wish))
    if not entries and wish != []:
        problems.append("names no tool, so it has none; leave the line `tools` out to give all")
    for name, limit in entries:
        granted |= _limited(name, limit, problems) if limit else _meaning(name, problems)
    return granted


def _meaning(name: str, problems: list[str]) -> set[str]:
    if not (tools := _called(name)):
        problems.append(_missing(name))
    return tools


def _called(name: str) -> set[str]:
    """The tools of ours behind a name; none for a name without a meaning here."""
    name = name.lower()
    if name in EVERYTHING:
        return set(TOOLS)
    return set(CLAUDE_TOOLS.get(name, (name,) if name in TOOLS else ()))


def _missing(name: str) -> str:
    if name.lower().startswith("mcp__"):
        return f"tool {name} is unavailable: no server is started for an agent file"
    if why := UNAVAILABLE.get(name.lower()):
        return f"tool {name} is unavailable: {why}"
    return f"tool {name} is unknown"


def _limited(name: str, limit: str, problems: list[str]) -> set[str]:
    """A limit such as `Bash(npm run build)` cannot be kept by a tool that may do more, so that tool is not given."""
    tools = _meaning(name, problems)
    if limit == "*" or not tools:
        return tools
    if "run" in tools and READS_HISTORY.match(limit):
        return set(HISTORY)
    if "run" in tools and RUNS_TESTS.match(limit):
        return {"run_tests"}
    if tools <= HARMLESS:
        problems.append(f"the limit {name}({limit}) is not kept: {name} is given as a whole")
        return tools
    problems.append(f"the limit {name}({limit}) cannot be kept, so {name} is not given")
    return set()


def _entries(value: Any) -> Iterator[tuple[str, str]]:
    """Pairs of a tool's name and the limit in parentheses after it."""
    for text in _texts(value):
        name, _, limit = text.strip().strip("\"'[]").strip().partition("(")
        if name := name.strip():
            yield name, limit.removesuffix(")").strip()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (name for name, is_on in value.items() if str(is_on).lower() in {"true", "yes", "on", "allow"})
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        for part in SEPARATOR.split(value):
            yield from part.split() if _is_row_of_names(part) else [part]


def _is_row_of_names(part: str) -> bool:
    """Whether names are separated by blanks alone, as in `Read Grep Bash`."""
    names = part.lower().split()
    return len(names) > 1 and all(name in CLAUDE_TOOLS or name in TOOLS or name in UNAVAILABLE for name in names)
