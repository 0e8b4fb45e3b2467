"""A prompt file with its slots filled in."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
SLOT = re.compile(r"\{\{ (\w+) \}\}")


def render(name: str, **slots: str) -> str:
    """The text of prompts/NAME.md; raises KeyError for a slot that is missing and for one the file does not have."""
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8").strip()
    if surplus := slots.keys() - slots_of(text):
        raise KeyError(f"prompts/{name}.md has no slot {sorted(surplus)[0]}")
    return SLOT.sub(lambda match: slots[match[1]], text)


def slots_of(text: str) -> set[str]:
    """The names between double braces."""
    return set(SLOT.findall(text))
