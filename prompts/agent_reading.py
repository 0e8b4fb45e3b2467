"""From the text of an agent file to the agent: every field, in every form people write it in."""

import re
from pathlib import Path
from typing import Any, cast, get_args

from prompts.agent import PRIORITIES, WRITES, Agent, Kind, Level, Priority, Writes, key_of
from prompts.agent_files import AgentText
from prompts.agent_tools import WRITING, Grant, grant
from prompts.front_matter import FrontMatter, UnusableFile, read_front_matter, words_in

CLAUDE_FIELDS = (
    "name",
    "description",
    "tools",
    "disallowedTools",
    "model",
    "permissionMode",
    "maxTurns",
    "skills",
    "mcpServers",
    "hooks",
    "memory",
    "background",
    "effort",
    "isolation",
    "initialPrompt",
    "color",
)
OUR_FIELDS = (
    "kind",
    "capabilities",
    "triggers",
    "mandatory",
    "priority",
    "version",
    "requires",
    "examples",
    "writes",
)
NEVER_ACTIVE = {
    "hooks": "hooks are never run",
    "mcpServers": "servers are never started",
    "permissionMode": "a permission mode is never taken from a file",
}
TRUE, FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0", ""}
MOST_NAME = 64


def read_agent(source: AgentText, file: Path, level: Level) -> Agent:
    """The agent a file describes, with what is odd about it; raises UnusableFile where a required part is missing."""
    matter = read_front_matter(source.text)
    return _Reader(matter, [*source.problems, *matter.problems]).agent(file, level)


class _Reader:
    """Takes the fields of one front matter, and notes what it cannot use."""

    def __init__(self, matter: FrontMatter, problems: list[str]) -> None:
        self.matter = matter
        self.problems = problems
        self.fields: dict[str, Any] = {}
        self.extra: dict[str, Any] = {}
        for written in sorted(matter.fields, key=lambda key: key not in FIELDS.values()):
            self._sort(written, matter.fields[written])

    def _sort(self, written: str, value: Any) -> None:
        name = FIELDS.get(_plain(written))
        if name is None or name in self.fields:
            self.extra[written] = value
            self.problems.append(f"unknown key {written} is kept without effect")
        elif name in CLAUDE_FIELDS[:7] or name in OUR_FIELDS:
            self.fields[name] = value
        else:
            self.extra[name] = value

    def agent(self, file: Path, level: Level) -> Agent:
        name, description = self._required("name"), self._required("description")
        if not self.matter.body:
            raise UnusableFile("has no text below its front matter, so the agent would have no prompt")
        if not key_of(name) or len(name) > MOST_NAME:
            raise UnusableFile(f"has a name that is no name of at most {MOST_NAME} characters")
        granted = grant(self.fields.get("tools"), self.fields.get("disallowedTools"))
        self.problems += granted.problems
        writes = self._writes(granted)
        return Agent(
            name=name,
            description=description,
            prompt=self.matter.body,
            file=file,
            level=level,
            tools=tuple(tool for tool in granted.tools if writes != "nothing" or tool not in WRITING),
            writes=writes,
            kind=self._kind(level),
            model=self._text("model") or None,
            max_turns=self._max_turns(),
            capabilities=self._words("capabilities"),
            triggers=self._words("triggers"),
            requires=self._words("requires"),
            examples=self._examples(),
            mandatory=self._is_mandatory(),
            priority=cast(Priority, self._one_of("priority", PRIORITIES, "medium")),
            version=self._text("version"),
            extra=self.extra,
            given=frozenset(self.fields),
            refused=self._never_active(),
            problems=tuple(self.problems),
        )

    def _text(self, name: str) -> str:
        value = self.fields.get(name, "")
        return " ".join(value.split()) if isinstance(value, str) and value not in {"~", "null"} else ""

    def _required(self, name: str) -> str:
        if text := self._text(name):
            return text
        raise UnusableFile(f"has no {name}")

    def _words(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(words_in(self.fields.get(name, ""))))

    def _examples(self) -> tuple[str, ...]:
        """Sentences, which hold commas: a text is one sentence a line."""
        value = self.fields.get("examples", "")
        return tuple(words_in(value.splitlines() if isinstance(value, str) else value))

    def _one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        text = self._text(name).lower()
        if text and text not in choices:
            self.problems.append(f"{name} {text} is none of {', '.join(choices)}; {default} is taken")
        return text if text in choices else default

    def _writes(self, granted: Grant) -> Writes:
        widest: Writes = "all" if WRITING & set(granted.tools) else "nothing"
        return min(cast(Writes, self._one_of("writes", WRITES, widest)), widest, key=WRITES.index)

    def _kind(self, level: Level) -> Kind:
        kind = cast(Kind, self._one_of("kind", get_args(Kind), "specialist"))
        if kind == "runtime" and level != "builtin":
            self.problems.append("kind runtime is for Magnus's own agents, whose work is Python; specialist is taken")
            return "specialist"
        return kind

    def _max_turns(self) -> int | None:
        text = self._text("maxTurns")
        if text and not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 1000):
            self.problems.append("maxTurns is no number from 1 to 1000 and is left out")
            return None
        return int(text) if text else None

    def _is_mandatory(self) -> bool:
        text = self._text("mandatory").lower()
        if text not in TRUE | FALSE:
            self.problems.append(f"mandatory {text} is neither true nor false; false is taken")
        return text in TRUE

    def _never_active(self) -> tuple[str, ...]:
        """What asks for power that no file gives; also noted as a problem."""
        asked = [name for name in NEVER_ACTIVE if self.fields.get(name) or self.extra.get(name)]
        asked = [name for name in asked if name != "permissionMode" or self._text(name) != "default"]
        self.problems += [f"{name}: {NEVER_ACTIVE[name]}" for name in asked]
        return tuple(asked)


def _plain(key: str) -> str:
    return re.sub(r"[-_]", "", key).lower()


FIELDS = {_plain(name): name for name in (*CLAUDE_FIELDS, *OUR_FIELDS)} | {"allowedtools": "tools"}
"""Fields by their plain spelling: `max_turns` is maxTurns, and who writes allowed-tools means to limit the tools."""
