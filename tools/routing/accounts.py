"""A share of an account: "5% of my 40,000 account" is 2000 dollars of collateral (max_capital)."""

from tools.routing.amounts import Amount
from tools.routing.bounds import number
from tools.routing.phrases import Phrases
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
    ]
)
SHARES = frozenset(("account", "capital", "yield", ""))
ACCOUNT_WORDS = frozenset(["account", "portfolio", "accounts", "nlv", "book"])


def settle_account(sentence: Sentence) -> float | int | None:
    """Max capital from a share of a stated account, and None without both; the account itself is no slot."""
    size = next((a for a in sentence.amounts if _is_account(sentence, a)), None)
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
    if amount.kind not in ("money", "bare") or amount.low < 500:
        return False
    if amount.field == "account":
        return True
    near = [sentence.low(amount.end + i) for i in range(2)]
    if ACCOUNT_WORDS & set(near):
        return True
    percent = sentence.amount_to.get(amount.start - 1) or sentence.amount_to.get(amount.start - 2)
    return bool(
        percent
        and percent.kind == "percent"
        and "of" in (sentence.low(amount.start - 1), sentence.low(amount.start - 2))
    )


def _share(sentence: Sentence, size: Amount | None) -> tuple[float, Amount | None] | None:
    if size is None:
        return None
    for amount in sentence.amounts:
        if amount.kind == "percent" and _is_share(sentence, amount, size):
            return amount.high / 100, amount
    for found in FRACTIONS.find(sentence.tokens):
        if found.end <= size.start <= found.end + 3:
            return found.value[0], None
    return None


def _is_share(sentence: Sentence, amount: Amount, size: Amount) -> bool:
    if amount.field in ("account", "capital"):
        return True
    if amount.field not in SHARES:
        return False
    following = [sentence.low(amount.end + i) for i in range(3)]
    return following[0] == "of" and (
        amount.end + 4 >= size.start > amount.end or following[1] in ("it", "that", "my", "the", "this")
    )
