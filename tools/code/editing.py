"""Replaces a text that stands exactly once in another, or says in one sentence why it cannot."""

from difflib import SequenceMatcher

from graph.errors import BadInput

NEAR = 0.6
MOST_LINES_NAMED = 8
MOST_COMPARED = 5000


def replaced(text: str, old: str, new: str, path: str) -> str:
    """The text with `new` where `old` was; lines that end in CRLF go on doing so."""
    if not old:
        raise BadInput("The text to be replaced is empty: quote the lines that should change.")
    if old == new:
        raise BadInput("The new text is the old one: nothing would change.")
    if "\r\n" in text and "\r" not in old:
        old, new = old.replace("\n", "\r\n"), new.replace("\r\n", "\n").replace("\n", "\r\n")
    places = _places(text, old)
    if not places:
        raise BadInput(f"The text to be replaced is not in {path}{_hint(text, old)}.")
    if len(places) > 1:
        lines = ", ".join(str(text.count("\n", 0, place) + 1) for place in places[:MOST_LINES_NAMED])
        more = ", …" if len(places) > MOST_LINES_NAMED else ""
        where = f"{len(places)} times in {path}, at lines {lines}{more}"
        raise BadInput(f"The text to be replaced is {where}: quote more lines around it.")
    return text[: places[0]] + new + text[places[0] + len(old) :]


def _places(text: str, old: str) -> list[int]:
    """Where it begins each time, overlaps too."""
    found, at = [], text.find(old)
    while at >= 0:
        found.append(at)
        at = text.find(old, at + 1)
    return found


def _hint(text: str, old: str) -> str:
    """Where the first line of it that says something nearly stands, and how it reads there."""
    wanted = next((line.strip() for line in lines_of(old) if line.strip()), "")
    lines = lines_of(text)[:MOST_COMPARED]
    if not wanted or not lines:
        return ""
    likeness = [_likeness(wanted, line.strip()) for line in lines]
    best = max(range(len(lines)), key=likeness.__getitem__)
    if likeness[best] < NEAR:
        return ": read it again"
    return f"; line {best + 1} comes nearest and reads {lines[best][:200]!r}"


def _likeness(wanted: str, line: str) -> float:
    compared = SequenceMatcher(None, wanted[:400], line[:400], autojunk=False)
    return compared.ratio() if compared.real_quick_ratio() >= NEAR and compared.quick_ratio() >= NEAR else 0.0


def lines_of(text: str) -> list[str]:
    """The lines as git and ripgrep count them: only a line feed ends one."""
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []
