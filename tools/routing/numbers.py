"""Number words become numbers: "twenty five", "two and a half", "12k", "a dozen", "a couple"."""

from collections.abc import Sequence

from tools.routing.tokens import Token

UNITS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
} | {"fourty": 40, "fourtyfive": 45}
GROUPS = {"dozen": 12, "couple": 2, "handful": 5, "pair": 2}
SCALES = {"hundred": 100, "thousand": 1000, "grand": 1000, "k": 1000, "million": 1e6, "mio": 1e6, "mil": 1e6}
SCALES |= {"billion": 1e9, "bn": 1e9, "mm": 1e6}
HALVED = frozenset(["percent", "pct", "%", "dollar", "buck", "cent", "year", "month", "week", "day"])
COUNTED_ALONE = frozenset(["hundred", "thousand", "grand", "dozen", "couple", "handful"])


def fold_numbers(tokens: Sequence[Token]) -> list[Token]:
    """The same sentence with every number, however written, as one token that has a value."""
    folded: list[Token] = []
    position = 0
    while position < len(tokens):
        taken, value = _read(tokens, position)
        if taken == 0:
            folded.append(tokens[position])
            position += 1
            continue
        folded.append(_merged(tokens[position : position + taken], value))
        position += taken
    return folded


def _merged(pieces: Sequence[Token], value: float) -> Token:
    first = pieces[0]
    worded = first.value is None
    text = " ".join(piece.text for piece in pieces)
    return Token(text, text.lower(), first.start, first.glued, value=value, worded=worded)


def _read(tokens: Sequence[Token], start: int) -> tuple[int, float]:
    """How many tokens from `start` make a number, and its value; (0, 0) when there is none."""
    taken, value = _counted_alone(tokens, start)
    if not taken:
        taken, value = _plain(tokens, start)
    if not taken:
        return 0, 0.0
    taken, value = _scaled(tokens, start, taken, value)
    return _with_half(tokens, start, taken, value)


def _low(tokens: Sequence[Token], position: int) -> str:
    return tokens[position].low if 0 <= position < len(tokens) else ""


def _counted_alone(tokens: Sequence[Token], start: int) -> tuple[int, float]:
    """As in "a dozen", "half a dozen", "a couple of", "a hundred", "half a percent"."""
    first, second, third = (_low(tokens, start + i) for i in range(3))
    if first == "half" and second in ("a", "an"):
        return (3, 6.0) if third == "dozen" else (2, 0.5) if third in HALVED else (0, 0.0)
    if first == "half" and second in ("year", "percent", "dozen"):
        return (2, 6.0) if second == "dozen" else (1, 0.5)
    skip = 1 if first in ("a", "an") else 0
    word = second if skip else first
    if word in GROUPS:
        of = 1 if _low(tokens, start + skip + 1) == "of" else 0
        return skip + 1 + of, float(GROUPS[word])
    return (skip + 1, float(SCALES[word])) if skip and word in COUNTED_ALONE else (0, 0.0)


def _plain(tokens: Sequence[Token], start: int) -> tuple[int, float]:
    token = tokens[start]
    if token.value is not None:
        return 1, token.value
    taken, value = _below_hundred(tokens, start)
    if taken and _low(tokens, start + taken) == "point":
        return _decimals(tokens, start, taken, value)
    if token.low == "point" and _low(tokens, start + 1) in UNITS:
        return _decimals(tokens, start, 0, 0.0)
    return taken, value


def _below_hundred(tokens: Sequence[Token], start: int) -> tuple[int, float]:
    word, following = _low(tokens, start), _low(tokens, start + 1)
    if word in TENS:
        unit = UNITS.get(following, 0)
        return (2, float(TENS[word] + unit)) if 0 < unit < 10 else (1, float(TENS[word]))
    return (1, float(UNITS[word])) if word in UNITS else (0, 0.0)


def _decimals(tokens: Sequence[Token], start: int, taken: int, whole: float) -> tuple[int, float]:
    """As in "point two five", "one point seventy five": the words after the point are its digits."""
    position, digits = start + taken + 1, ""
    while _low(tokens, position) in UNITS or _low(tokens, position) in TENS:
        read, value = _below_hundred(tokens, position)
        digits += str(int(value))
        position += read
    return (position - start, float(f"{int(whole)}.{digits}")) if digits else (taken, whole)


def _scaled(tokens: Sequence[Token], start: int, taken: int, value: float) -> tuple[int, float]:
    """As in "five hundred and twenty", "10k", "two grand"."""
    while (scale := _low(tokens, start + taken)) in SCALES:
        if scale in ("k", "mm", "bn") and not tokens[start + taken].glued and tokens[start + taken].text == "K":
            break
        value *= SCALES[scale]
        taken += 1
        gap = 1 if _low(tokens, start + taken) == "and" else 0
        more, rest = _below_hundred(tokens, start + taken + gap)
        if more and scale in ("hundred", "thousand") and tokens[start].value is None:
            if _low(tokens, start + taken + gap + more) == "hundred":
                more, rest = more + 1, rest * 100
            if gap == 0 or rest < SCALES[scale]:
                value, taken = value + rest, taken + gap + more
    return taken, value


def _with_half(tokens: Sequence[Token], start: int, taken: int, value: float) -> tuple[int, float]:
    following = tuple(_low(tokens, start + taken + i) for i in range(3))
    return (taken + 3, value + 0.5) if following == ("and", "a", "half") else (taken, value)
