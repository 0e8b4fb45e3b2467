"""A share of an account: "5% of my 40,000 account" is 2000 dollars of collateral (max_capital)."""

from tools.routing.amounts import Amount
from tools.routing.bounds import number
from tools.routing.phrases import Match, Phrases
from tools.routing.sentence import Sentence

FRACTIONS: Phrases[float] = Phrases(
    [
        ("half of", 0.5),
        ("half", 0.5),
        ("a third of", 1 / 3),
        ("one third of", 1 / 3),
        ("a quarter of", 0.25),
        ("a fifth of", 0.2),
        ("a tenth of", 0.1),
        ("two thirds of", 2 / 3),
        ("three quarters of", 0.75),
        ("third of", 1 / 3),
        ("quarter of", 0.25),
        ("fifth of", 0.2),
        ("tenth of", 0.1),
        ("1/2 of", 1 / 2),
        ("1/3 of", 1 / 3),
        ("1/4 of", 1 / 4),
        ("1/5 of", 1 / 5),
        ("1/10 of", 1 / 10),
        ("2/3 of", 2 / 3),
        ("3/4 of", 3 / 4),
    ]
)
SHARES = frozenset(("account", "capital", "yield", ""))
SMALLEST_ACCOUNT = 500
ACCOUNT_WORDS = frozenset(["account", "portfolio", "accounts", "nlv", "book"])


def settle_account(sentence: Sentence) -> float | int | None:
    """Max capital from a share of a stated account, and None without both; the account itself is no slot."""
    size = next((a for a in sentence.amounts if _is_account(sentence, a)), None) or _meant_by_share(sentence)
    share = _share(sentence, size)
    if size is None:
        for amount in sentence.amounts:
            if amount.kind == "percent" and amount.field in ("account", "capital"):
                amount.field = "dropped"
        return None
    size.field = "dropped"
    if share is None:
        return None
    fraction, stated = share
    if stated:
        stated.field = "dropped"
    return number(size.high * fraction)


def _is_account(sentence: Sentence, amount: Amount) -> bool:
    if not _is_sum(amount):
        return False
    if amount.field == "account":
        return True
    near = [sentence.low(amount.end + i) for i in range(2)]
    if ACCOUNT_WORDS & set(near) or _follows_account(sentence, amount):
        return True
    opening = amount.start - (sentence.low(amount.start - 1) in ("my", "the", "our"))
    if amount.field not in ("other", "limit") and any(f.end == opening for f in FRACTIONS.find(sentence.tokens)):
        return True
    percent = sentence.amount_to.get(amount.start - 1) or sentence.amount_to.get(amount.start - 2)
    return bool(
        percent
        and percent.kind == "percent"
        and "of" in (sentence.low(amount.start - 1), sentence.low(amount.start - 2))
    )


def _follows_account(sentence: Sentence, amount: Amount) -> bool:
    """As in "a margin account with about $120k"."""
    for position in range(amount.start - 1, amount.start - 6, -1):
        if sentence.low(position) in ACCOUNT_WORDS:
            return amount.side != "max"
        if sentence.low(position) not in (
            "with",
            "of",
            "at",
            "is",
            "has",
            "holds",
            "worth",
            "about",
            "around",
            "roughly",
            "holding",
        ):
            return False
    return False


def _is_sum(amount: Amount) -> bool:
    return amount.kind in ("money", "bare") and amount.low >= SMALLEST_ACCOUNT


def _meant_by_share(sentence: Sentence) -> Amount | None:
    """The sum that "30% of it", "10% of my account (which is 75k)" is a share of."""
    ends = [amount.end for amount in sentence.amounts if amount.kind == "percent"]
    ends += [found.end - 1 for found in FRACTIONS.find(sentence.tokens) if found.end - found.start > 1]
    if not any(sentence.low(end) == "of" and _points_at_account(sentence, end + 1) for end in ends):
        return None
    sums = [a for a in sentence.amounts if _is_sum(a) and a.field in ("", "account", "capital") and a.side != "max"]
    return sums[0] if sums else None


def _points_at_account(sentence: Sentence, position: int) -> bool:
    words = [sentence.low(position + i) for i in range(3)]
    return words[0] in ("it", "that", "this", "which") or bool(
        (ACCOUNT_WORDS | {"cash", "capital", "money"}) & set(words)
    )


def _share(sentence: Sentence, size: Amount | None) -> tuple[float, Amount | None] | None:
    if size is None:
        return None
    for amount in sentence.amounts:
        if amount.kind == "percent" and _is_share(sentence, amount, size):
            return amount.high / 100, amount
    for found in FRACTIONS.find(sentence.tokens):
        of_it = found.start > size.end and sentence.low(found.end) in ("it", "that", "this", "which")
        if found.end <= size.start <= found.end + 3 or of_it:
            _drop_within(sentence, found)
            return found.value[0], None
    return None


def _drop_within(sentence: Sentence, found: Match[list[float]]) -> None:
    """The "three quarters" of "three quarters of my account" are no nine months."""
    for amount in sentence.amounts:
        if found.start <= amount.start < found.end:
            amount.field = "dropped"


def _is_share(sentence: Sentence, amount: Amount, size: Amount) -> bool:
    if amount.field in ("account", "capital"):
        return True
    if amount.field not in SHARES:
        return False
    before = {sentence.low(amount.start - back) for back in range(1, 5)}
    if amount.side == "max" and before & {"position", "trade", "name", "stock", "ticker"}:
        return True
    following = [sentence.low(amount.end + i) for i in range(3)]
    return following[0] == "of" and (
        amount.end + 4 >= size.start > amount.end or following[1] in ("it", "that", "my", "the", "this")
    )
