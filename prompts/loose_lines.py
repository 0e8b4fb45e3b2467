"""Front matter that strict YAML rejects, read line by line: `key: value`, and what follows belongs to that key."""

import re
from textwrap import dedent
from typing import Any

KEY = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:([ \t].*)?$")
BLOCK = re.compile(r"([|>])[-+0-9]*$")
SPOKEN = {"user", "assistant", "human", "context", "commentary", "example", "examples", "note", "system"}
"""Words that people write before a colon within a description."""


def read_lines(text: str) -> dict[str, Any]:
    """The fields of a front matter; a value is a text or a list of texts.

    >>> read_lines("name: scout\\ndescription: Use it when: a map is missing\\ntools:\\n  - Read\\n  - Grep")
    {'name': 'scout', 'description': 'Use it when: a map is missing', 'tools': ['Read', 'Grep']}
    """
    entries: dict[str, list[str]] = {}
    current = ""
    for line in text.split("\n"):
        found = KEY.match(line)
        if found and not (current and _belongs_to_speech(found[1], entries[current])):
            current = found[1]
            entries[current] = [(found[2] or "").strip()]
        elif current:
            entries[current].append(line)
    return {key: _value(lines) for key, lines in entries.items()}


def _belongs_to_speech(key: str, lines: list[str]) -> bool:
    """Whether a `key:` stands in the dialogue of a description and names no field."""
    so_far = "\n".join(lines)
    is_open = so_far.count("<example>") > so_far.count("</example>")
    return is_open or key.lower() in SPOKEN


def _value(lines: list[str]) -> Any:
    first, rest = lines[0], [line for line in lines[1:] if line.strip()]
    if block := BLOCK.match(first):
        return (" " if block[1] == ">" else "\n").join(dedent("\n".join(lines[1:])).strip().split("\n"))
    if not first and rest and all(line.strip().startswith("- ") for line in rest):
        return [_unquoted(line.strip()[2:]) for line in rest]
    if first.startswith("[") and first.endswith("]") and not rest:
        return [_unquoted(part) for part in first[1:-1].split(",") if part.strip()]
    return _unquoted("\n".join([first, *(line.strip() for line in rest)]).strip())


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text
