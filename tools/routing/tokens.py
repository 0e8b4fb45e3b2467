"""A sentence as words, numbers and signs, each with its place."""

import re
from collections.abc import Callable
from dataclasses import dataclass

LOOKALIKES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": ";", "−": "-", "\u00a0": " ", "_": " ", "…": ";"}
)
LONG_FORMS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b(brk|bf)[ ./-]?([ab])\b", re.I), lambda match: f"{match[1]}.{match[2]}".upper()),
    (re.compile(r"\bp\.\s?a\.?(?=\W|$)", re.I), "per annum"),
    (re.compile(r"\b(u\.s\.a?)\.?(?=\W|$)", re.I), "US"),
    (re.compile(r"\b(approx|ca|min|max|vs|incl|excl|avg)\.(?=\s*[\d$~<>(a-z])", re.I), r"\1"),
    (re.compile(r"(\bdelta\s+(?:\w+\s+){0,2})a quarter\b(?! out)", re.I), r"\g<1>0.25"),
    (re.compile(r"[\[(]\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*[\])]"), r" \1 to \2 "),
    (re.compile(r"\bthree quarters of a year\b", re.I), "9 months"),
    (re.compile(r"\b(?:a |one )?quarter of a year\b", re.I), "3 months"),
    (re.compile(r"\b\d(?:\.\d)?[ -]?(?:sd|sigma|std|standard deviations?)\b", re.I), "deviation"),
    (re.compile(r"\((per \w+|a share|each|annuali[sz]ed|in %)\)", re.I), r"\1"),
    (re.compile(r"\bw/o\b", re.I), "without"),
    (re.compile(r"\bw/(?=[\s\d])", re.I), "with "),
    (re.compile(r"\ba tenner\b", re.I), "$10"),
    (re.compile(r"\ba fiver\b", re.I), "$5"),
    (re.compile(r"\b(e\.g|i\.e)\.?", re.I), ","),
    (
        re.compile(
            r"\b(?:s ?& ?p|nasdaq|russell|dow|fortune|mag(?:nificent)?)[ -]?(?:7|30|100|500|1000|2000|3000)\b(?! etf)",
            re.I,
        ),
        "index",
    ),
    (re.compile(r"(?<![\d.,])(\d{1,3}) (?=000\b)"), r"\1"),
    (re.compile(r"\bo\.i\.?(?=\W|$)", re.I), "OI"),
    (re.compile(r"\bi\.v\.?(?=\W|$)", re.I), "IV"),
    (re.compile(r"\s-{1,2}\s(?![\d$.])|--+"), " ; "),
    (re.compile(r"(?<=\d)\s*(?:\.\.+)\s*(?=[\d$.])"), " - "),
)
PIECE = re.compile(
    r"(?P<share_class>\b[A-Z]{1,4}[./-][A-C]\b(?![.\w]))"
    r"|(?P<number>(?:\d{1,3}(?:[,']\d{3})+(?:\.\d+)?|\d+,\d+|\d*\.\d+|\d+)(?![\d]))"
    r"|(?P<word>[A-Za-zΔδéèêöüäß&]+(?:'[A-Za-z]+)?)"
    r"|(?P<sign><=|>=|=<|=>|[^\s\w])"
)
UNIT_ENDS = re.compile(r"\d\s?(?:Δ|δ|d|delta|dte|k|c|ct|cents?|w|wk|wks|days?|weeks?|months?)$", re.I)
THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")


@dataclass(slots=True)
class Token:
    """One piece of the sentence; `glued` when nothing separates it from the piece before."""

    text: str
    low: str
    start: int
    glued: bool
    value: float | None = None
    share_class: bool = False
    worded: bool = False
    ignored: bool = False

    @property
    def is_word(self) -> bool:
        return self.value is None and self.low[0].isalpha()


def tokenize(sentence: str) -> list[Token]:
    """The pieces of a sentence in order; hyphens that only tie words together are left out."""
    text = sentence.translate(LOOKALIKES)
    for pattern, replacement in LONG_FORMS:
        text = pattern.sub(replacement, text)
    tokens: list[Token] = []
    end = -1
    for match in PIECE.finditer(text):
        if _ties_words(text, match):
            end = match.end()
            continue
        piece = match.group()
        token = Token(piece, piece.lower(), match.start(), match.start() == end)
        token.share_class = match.lastgroup == "share_class"
        if match.lastgroup == "number":
            token.value = _negated(text, match) * to_number(piece)
        tokens.append(token)
        end = match.end()
    return tokens


def to_number(digits: str) -> float:
    """The value of digits whose comma is a decimal mark (1,75) or parts thousands (12,000), as a dot may (3.000)."""
    plain = digits.replace("'", "")
    if THOUSANDS.fullmatch(plain):
        return float(plain.replace(".", ""))
    head, comma, tail = plain.partition(",")
    if comma and (len(tail) != 3 or head in ("", "0")) and "," not in tail and "." not in tail:
        return float(f"{head or 0}.{tail}")
    return float(plain.replace(",", ""))


def _ties_words(text: str, match: re.Match[str]) -> bool:
    if match.group() != "-":
        return False
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if _is_minus(before, after):
        return True
    if after.isdigit() and UNIT_ENDS.search(text[max(0, match.start() - 8) : match.start()]):
        return False
    return (
        bool(before and after)
        and before not in " ("
        and (after.isalpha() or (before.isalpha() and after == "$") or (before.isalpha() and after.isdigit()))
    )


def _is_minus(before: str, after: str) -> bool:
    return before in ("", " ", "(", "=", ":", "<", ">", "~") and (after.isdigit() or after == ".")


def _negated(text: str, match: re.Match[str]) -> int:
    start = match.start()
    if text[start - 1 : start] != "-" or start < 1:
        return 1
    return -1 if _is_minus(text[start - 2 : start - 1] if start > 1 else "", match.group()[0]) else 1
