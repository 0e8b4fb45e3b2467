"""The commands our pages show: the lines that begin with `$ ` in blocks fenced as ```console."""

import re
from pathlib import Path

BLOCK = re.compile(r"^```console[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)


def pages(root: Path) -> list[Path]:
    """The README, the other pages beside it, and those in docs/."""
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


def commands_of(page: str) -> list[str]:
    """What a reader of this page would type, in order; a line that ends with a backslash goes on in the next."""
    lines = [line for block in BLOCK.findall(page) for line in re.sub(r"\\\n\s*", "", block).splitlines()]
    return [line.removeprefix("$ ").strip() for line in lines if line.startswith("$ ")]
