"""YAML that means what it shows: plain text, lists and dicts, each key once, no alias, not nested deeply."""

from collections.abc import Iterable
from typing import Any

from prompts.front_matter import UnusableFile
from prompts.plain_text import plain

MOST_DEPTH = 12
MOST_LETTERS = 64_000


def read_yaml(text: str) -> Any:
    """The data of a text, every scalar as one line; raises UnusableFile with the line and the reason.

    >>> read_yaml("a: 1\\nb: [x, y]")
    {'a': '1', 'b': ['x', 'y']}
    """
    import yaml

    if len(text) > MOST_LETTERS:
        raise UnusableFile(f"is longer than {MOST_LETTERS:,} letters")
    # The C parser is missing where PyYAML was built without libyaml.
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        _refuse_depth(yaml.parse(text, Loader=loader), yaml)
        root = yaml.compose(text, Loader=loader)
        return None if root is None else _plain(root, yaml)
    except yaml.YAMLError as error:
        raise UnusableFile(f"is no YAML that can be read: {_first_words(error)}") from error


def _refuse_depth(events: Iterable[Any], yaml: Any) -> None:
    """Before anything is built: the C loader crashes on a hundred thousand open brackets."""
    depth = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            raise UnusableFile(f"uses an alias in line {event.start_mark.line + 1}")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH:
            raise UnusableFile(f"is nested too deeply in line {event.start_mark.line + 1}")


def _plain(node: Any, yaml: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _line(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, yaml) for item in node.value]
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise UnusableFile(f"has a key that is no word in line {line}")
        name = _line(key.value)
        if name in found:
            raise UnusableFile(f"gives {name} twice, again in line {line}")
        found[name] = _plain(value, yaml)
    return found


def _line(text: str) -> str:
    """A scalar on one line: an escape in quotes may be anything, and what is told goes to a terminal."""
    return " ".join(plain(text).split())


def _first_words(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    why = str(getattr(error, "problem", None) or error).splitlines()[0]
    return f"line {mark.line + 1}: {why}" if mark else why
