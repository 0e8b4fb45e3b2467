"""What stands between the two `---` lines at the top of a Markdown file: strict YAML, or else line by line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graph.errors import BadInput
from prompts.loose_lines import read_lines
from prompts.plain_text import plain

OPENING = re.compile(r"\s*---[ \t]*\n")
CLOSING = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
MOST_DEPTH = 20


class UnusableFile(BadInput):
    """This file cannot be an agent."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields as plain text, lists and dicts (nothing is guessed to be a number or a date), and the text below."""

    fields: dict[str, Any]
    body: str
    problems: tuple[str, ...] = ()


class _TooClever(ValueError):
    """YAML that means more than it shows: aliases, or lists within lists within lists."""


def read_front_matter(text: str) -> FrontMatter:
    """The fields and the body of a file with `\\n` line ends; raises UnusableFile where there are no fields.

    >>> read_front_matter("---\\nname: scout\\ntools: [Read]\\n---\\nYou look.").fields
    {'name': 'scout', 'tools': ['Read']}
    """
    opening = OPENING.match(text)
    if not opening:
        raise UnusableFile("has no front matter: the first line has to be ---")
    closing = CLOSING.search(text, opening.end())
    if not closing:
        raise UnusableFile("has front matter that is never closed by a line ---")
    fields, problems = _read_fields(text[opening.end() : closing.start()])
    return FrontMatter(fields, text[closing.end() :].strip(), problems)


def _read_fields(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    from yaml import YAMLError

    try:
        return _read_yaml(text)
    except (YAMLError, _TooClever) as error:
        return read_lines(text), (f"is not strict YAML, so it was read line by line ({_first_words(error)})",)


def _read_yaml(text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Built from parser events without recursion: a hundred thousand open brackets crash the C loader itself."""
    import yaml

    # The C parser is missing where PyYAML was built without libyaml.
    tree = _Tree()
    for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
        tree.take(event, yaml)
    if not isinstance(tree.root, dict):
        raise _TooClever("it is no list of `key: value` lines")
    return tree.root, tuple(f"gives {key} twice: the last one counts" for key in tree.doubled)


class _Tree:
    """Plain data that grows with each event of the YAML parser."""

    def __init__(self) -> None:
        self.root: Any = None
        self.doubled: list[str] = []
        self._open: list[Any] = []
        self._keys: list[str | None] = []

    def take(self, event: Any, yaml: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise _TooClever("it uses an alias")
        if isinstance(event, yaml.ScalarEvent):
            self._put(plain(event.value))
        elif isinstance(event, yaml.MappingStartEvent):
            self._enter({})
        elif isinstance(event, yaml.SequenceStartEvent):
            self._enter([])
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()

    def _enter(self, value: Any) -> None:
        if len(self._open) == MOST_DEPTH:
            raise _TooClever("it is nested too deeply")
        self._put(value)
        self._open.append(value)
        self._keys.append(None)

    def _put(self, value: Any) -> None:
        if not self._open:
            self.root = value
        elif isinstance(self._open[-1], list):
            self._open[-1].append(value)
        elif self._keys[-1] is None:
            self._keys[-1] = self._as_key(value)
        else:
            self._open[-1][self._keys[-1]] = value
            self._keys[-1] = None

    def _as_key(self, value: Any) -> str:
        if not isinstance(value, str):
            raise _TooClever("it has a key that is no word")
        if len(self._open) == 1 and value in self._open[0]:
            self.doubled.append(value)
        return value


def _first_words(error: Exception) -> str:
    """Where and why, on one line."""
    mark = getattr(error, "problem_mark", None)
    why = str(getattr(error, "problem", None) or error)
    return f"line {mark.line + 2}: {why}" if mark else why


def words_in(value: Any) -> list[str]:
    """The entries of a list, or of a text with commas or one a line; what is neither gives its parts as text.

    >>> words_in("test, debug"), words_in(["a", "b"]), words_in("")
    (['test', 'debug'], ['a', 'b'], [])
    """
    if isinstance(value, str):
        return _stripped(re.split(r"[,\n]", value.strip().removeprefix("[").removesuffix("]")))
    if isinstance(value, list):
        return _stripped(item for item in value if isinstance(item, str))
    return []


def _stripped(parts: Iterable[str]) -> list[str]:
    words = (part.strip().strip("\"'").strip() for part in parts)
    return [word for word in words if word]
