"""What a reviewer claims of a change: each finding has to name a line of the diff and quote it, or it is dropped."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.checks.before import Before
from tools.checks.findings import SEVERITIES, Finding
from tools.checks.news import News
from tools.checks.stand import Stand

SHORTEST = 3
"""A quote has to be long enough to be found by more than chance."""
LONGEST = 500


def held_claims(stand: Stand, before: Before, news: News) -> tuple[list[Finding], int]:
    """The reviewer's findings that hold against the diff, one a line, and how many were dropped."""
    claims = stand.review or ()
    found: dict[tuple[str, int, str], Finding] = {}
    for claim in claims:
        if (one := _held(stand, before, news, claim)) is not None:
            found.setdefault((one.file, one.line, one.message), one)
    return list(found.values()), len(claims) - len(found)


def _held(stand: Stand, before: Before, news: News, claim: Mapping[str, Any]) -> Finding | None:
    file, line, quote = claim.get("file"), claim.get("line"), claim.get("quote")
    severity, message = claim.get("severity"), claim.get("message")
    if not (isinstance(file, str) and isinstance(quote, str) and isinstance(message, str) and message.strip()):
        return None
    if isinstance(line, bool) or not isinstance(line, int) or severity not in SEVERITIES:
        return None
    path = _path(stand, news, file)
    words = " ".join(quote.split())
    texts = (" ".join(text.split()) for text in _texts(stand, before, news, path, line))
    if len(words) < SHORTEST or not any(text and (words in text) for text in texts):
        return None
    said = " ".join(message.split())[:LONGEST]
    return Finding(path, line, f"review-{severity}", said, severity, fails=False)


def _path(stand: Stand, news: News, file: str) -> str:
    """The name from the top of the repository; a reviewer may name files from the project's own folder."""
    plain = file.removeprefix("./")
    return plain if plain in news.lines else f"{stand.change.prefix}{plain}"


def _texts(stand: Stand, before: Before, news: News, path: str, line: int) -> Iterator[str]:
    """That line of the diff: as it was added, and as it was taken away."""
    yield news.lines.get(path, {}).get(line, "")
    changed = next((one for one in stand.change.files if one.path == path), None)
    if changed is not None and line in changed.removed:
        old = before.texts.get(path, "").split("\n")
        yield old[line - 1] if line <= len(old) else ""
