"""Finds the stocks a person names in a market, and says where and from when their numbers are."""

from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from graph.errors import BadInput
from trading.contracts import Market
from trading.underlying import Underlying, at_quote_time

Json = dict[str, Any]
STALE = timedelta(days=1)
LIKENESS = 0.5


def look_up(market: Market, symbols: Sequence[str]) -> list[Underlying]:
    """The stocks with their chains, in the order named; raises BadInput with one sentence for an unknown one."""
    wanted = list(dict.fromkeys(symbol.upper() for symbol in symbols))
    if not wanted:
        raise BadInput("Name at least one stock, such as KO.")
    check_known(market, wanted)
    return [at_quote_time(market.stock(symbol), market.chain(symbol)) for symbol in wanted]


def check_known(market: Market, symbols: Sequence[str]) -> None:
    """Raises BadInput with what it may have been where the market does not know a symbol."""
    known = market.symbols()
    if unknown := [symbol for symbol in symbols if symbol not in known]:
        raise BadInput(unknown_to(market, unknown))


def unknown_to(market: Market, symbols: Sequence[str]) -> str:
    """That the market does not know these, and what they may have been, in one sentence."""
    known = sorted(market.symbols())
    near = [match for symbol in symbols for match in get_close_matches(symbol, known, n=3, cutoff=LIKENESS)]
    if not known:
        hint = "it is empty, and magnus import chain fills it."
    elif near:
        hint = f"did you mean {' or '.join(dict.fromkeys(near))}?"
    else:
        hint = f"it has {len(known)} symbols, such as {', '.join(known[:3])}."
    return f"The {market.source} market does not know {', '.join(symbols)}: {hint}"


def sourced(market: Market, underlyings: Sequence[Underlying]) -> Json:
    """The "source" of an answer, the newest time of its quotes, and a warning for each that is much older."""
    newest = max((one.chain.as_of for one in underlyings), default=market.as_of)
    old = [one for one in underlyings if newest - one.chain.as_of > STALE]
    return {
        "as_of": newest.isoformat(),
        "source": market.source,
        "warnings": [
            f"The quotes of {one.stock.symbol} are from {one.today}, {(newest - one.chain.as_of).days} days older "
            "than the newest."
            for one in old
        ],
    }


def about(underlying: Underlying, source: str) -> Json:
    """What every row says: which stock, its price in dollars, and from where and when."""
    stock = underlying.stock
    return {
        "symbol": stock.symbol,
        "name": stock.name,
        "spot": underlying.spot if underlying.spot > 0 else None,
        "as_of": underlying.chain.as_of.isoformat(),
        "source": source,
    }


def rounded(value: float | None, digits: int = 6) -> float | None:
    return None if value is None else round(value, digits)
