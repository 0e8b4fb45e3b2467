"""A request with its particulars replaced by their kind: tickers, amounts, files, code names, versions, tracebacks."""

import re

from tools.routing.features import TRACEBACK
from tools.routing.sentence import Sentence
from tools.routing.symbols import find_symbols

_NUMBER = r"\b\d[\d.,]*\s?"
_FILE = (
    r"\b\w*[a-z]\w*\.(?:py|sql|js|jsx|ts|tsx|css|html|md|toml|ya?ml|json|ipynb|sh|cfg|ini|txt|csv|rs|go|java|lock)\b"
    r"|\b\w+(?:/\w+)+/?|\b[a-z]\w+/(?=\s|$|,)"
)
_CODE = r"\b\w+\(\)|\b[a-z]+(?:_[a-z0-9]+)+\b|\b_\w+|\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b|\b\w+\([^)]*\)"
KINDS = (
    (TRACEBACK, "trace"),
    (re.compile(_FILE), "file"),
    (re.compile(r"`[^`]+`"), "code"),
    (re.compile(r"\btest_\w+"), "testname"),
    (re.compile(_CODE), "code"),
    (re.compile(r"(?<![\w-])--?[a-z][\w-]*"), "flag"),
    (re.compile(r"\b[0-9a-f]*\d[0-9a-f]*[a-f][0-9a-f]*\b(?<=\w{5})|#\d+|\bpr ?#?\d+", re.I), "ref"),
    (re.compile(rf"\$\s?\d[\d.,]*\s?k?\b|{_NUMBER}(?:k|grand|dollars?|bucks?|usd|cents?)\b", re.I), "money"),
    (re.compile(rf"{_NUMBER}(?:%|percent|pct)"), "pct"),
    (re.compile(rf"{_NUMBER}(?:ms|milliseconds?|µs|s|secs?|seconds?|mins?|minutes?|hours?|h)\b"), "dur"),
    (re.compile(rf"{_NUMBER}(?:gb|mb|kb|gigs?|gigabytes?|megs?)\b", re.I), "bytes"),
    (re.compile(rf"{_NUMBER}(?:d|days?|dte|weeks?|w|months?)\b", re.I), "span"),
    (re.compile(rf"{_NUMBER}(?:puts?|calls?|p|c|csps?)\b", re.I), "strike"),
    (re.compile(r"\bv?\d+\.\d+\.\d+\b|\b[23]\.\d{1,2}\b(?!\d)|>=\s*\d[\d.]*"), "version"),
    (re.compile(r"\d[\d.,]*"), "n"),
)
PIECE = re.compile(r"<[a-z]+>|[a-zà-ÿ]+(?:'[a-z]+)?|\?")


def plain_words(text: str, sentence: Sentence) -> list[str]:
    """The words in lower case, with kinds in angle brackets, and question marks.

    >>> from tools.routing.sentence import read_words
    >>> plain_words("AMD 95p in scan.py?", read_words("AMD 95p in scan.py?"))
    ['<sym>', '<strike>', 'in', '<file>', '?']
    """
    text = _without_symbols(text, sentence)
    for pattern, kind in KINDS:
        text = pattern.sub(f" <{kind}> ", text)
    return PIECE.findall(text.lower().replace("’", "'"))


def _without_symbols(text: str, sentence: Sentence) -> str:
    for found in reversed(list(find_symbols(sentence))):
        first, last = sentence.tokens[found.start], sentence.tokens[found.end - 1]
        end = last.start + len(last.text)
        if text[last.start : end] == last.text:
            text = f"{text[: first.start]} <sym> {text[end:]}"
    return text
