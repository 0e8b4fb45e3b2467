"""All amounts of a sentence in order, ranges joined."""

from collections.abc import Sequence

from tools.routing.amounts import Amount, numbered_amount
from tools.routing.ranges import join_ranges
from tools.routing.tokens import Token
from tools.routing.worded_amounts import worded_amount


def read_amounts(tokens: Sequence[Token]) -> list[Amount]:
    """Every amount that is not part of ignored context."""
    found: list[Amount] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        reader = worded_amount if token.value is None else numbered_amount
        amount = None if token.ignored else reader(tokens, position)
        if amount:
            found.append(amount)
        position = amount.end if amount else position + 1
    return join_ranges(tokens, found)
