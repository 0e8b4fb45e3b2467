"""What a market data sentence wants: which of the market's abilities, for which stocks, with which numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from graph.errors import BadInput
from tools.asking.details import check_details, day_of
from tools.asking.wording import Words
from tools.chains import option_chain
from tools.market import events, iv_ranks, price_history, quotes
from tools.screening import BESIDE_SLOTS, screen
from trading.contracts import Market
from trading.listing import ExpiryWish

Json = dict[str, Any]
What = Literal["quote", "chain", "iv_rank", "history", "events", "stocks"]

NOT_THERE = {
    "TradingView signals": r"tradingview|trading view|buy rating|sell rating|strong buy|signals?",
    "splits": r"splits?",
    "trading halts": r"halted|halts?",
    "quotes outside market hours": r"pre ?market|after hours|overnight",
    "fundamentals": r"p/?e|market cap|book value|eps|revenue|short interest|float|analysts?",
    "news": r"news|headlines?",
    "option flow": r"flows?|max pain|gamma levels?|call walls?|put call ratio|unusual",
    "intraday prices": r"open at|opened at|intraday|vwap",
    "technical indicators": r"rsi|macd|moving average|(?:50|100|200) day|atr|bollinger",
}
"""What people ask about that no source of this version knows, so that nothing else is answered in its place."""

CUES: tuple[tuple[What, str], ...] = (
    ("history", r"realis?ed|realized|historical vol\w*|how volatile|swings?|drawdown"),
    (
        "iv_rank",
        r"ivr?|implied|volatility|vol|vols|options? (?:rich|cheap|expensive|dear)|how rich",
    ),
    (
        "chain",
        r"chains?|boards?|strikes?|expir\w+|greeks|theta|delta|open interest|oi|bids?|asks?|mid|puts?|calls?|csps?"
        r"|weeklies|option prices?",
    ),
    (
        "events",
        r"reports?|reporting|earnings|results|publish\w*|ex div\w*|ex dates?|go(?:es)? ex|trading ex|dividends?",
    ),
    (
        "history",
        r"histor\w+|closes|range|high|low|highs|lows|moved?|performed|performance|returns?|ytd|past \w+|over the last"
        r"|(?:last|this) (?:week|month|year)|how far|fallen|risen|gained|lost",
    ),
)
"""In the order in which they are tried; a sentence about a stock with none of these words asks for its quote."""
FELL = r"fell|fallen|down|dropped|lost|lower|declined"
ROSE = r"rose|risen|up|gained|rallied|higher|jumped"
A_YEAR = 252


@dataclass(frozen=True)
class MarketWish:
    what: What
    symbols: tuple[str, ...] = ()
    days: int | None = None
    criteria: Mapping[str, Any] | None = None


def answer_market(words: Words, slots: Mapping[str, Any], earlier: Mapping[str, Any], market: Market) -> Json:
    """The numbers that were asked for; raises BadInput with what is missing where the sentence does not say enough."""
    check_details(slots)
    wish = read_market(words, slots, earlier)
    if wish.what == "chain":
        return _chain(words, slots, wish, market)
    if wish.what == "stocks":
        return screen(market, wish.criteria or {})
    if wish.what == "history":
        return price_history(market, wish.symbols, wish.days or A_YEAR)
    return {"quote": quotes, "iv_rank": iv_ranks, "events": events}[wish.what](market, wish.symbols)


def read_market(words: Words, slots: Mapping[str, Any], earlier: Mapping[str, Any]) -> MarketWish:
    """Which ability is meant. `slots` are this sentence's, `earlier` those its thread has gathered.

    "what" and the bounds of a screen may be named in `slots`, as a typed request does.
    """
    refuse_what_is_not_there(words)
    what = _what(words, slots)
    symbols = words.symbols(slots, earlier)
    bounds = _bounds(words, slots)
    if not symbols and (what == "stocks" or bounds):
        return MarketWish("stocks", criteria=bounds)
    if not symbols:
        raise BadInput("Say which stock, or what stocks should have: for instance KO, or stocks under $20.")
    if what == "stocks":
        return MarketWish("stocks", symbols, criteria={**bounds, "symbols": list(symbols)})
    return MarketWish(what, symbols, words.look_back_days())


def _what(words: Words, slots: Mapping[str, Any]) -> What:
    known: tuple[What, ...] = get_args(What)
    named = slots.get("what")
    if named is None:
        return next((what for what, cue in CUES if words.has(cue)), "quote")
    if named not in known:
        raise BadInput(f"what is {named}, and it has to be one of {', '.join(known)}.")
    return known[known.index(named)]


def refuse_what_is_not_there(words: Words) -> None:
    """Raises BadInput where the sentence is about something no source knows."""
    for name, cue in NOT_THERE.items():
        if words.has(cue):
            raise BadInput(
                f"There are no {name} in this version: ask for a price, a chain, IV rank, price history, earnings "
                "or dividend dates, or for stocks by criteria."
            )


def _chain(words: Words, slots: Mapping[str, Any], wish: MarketWish, market: Market) -> Json:
    if len(wish.symbols) > 1:
        raise BadInput(f"A chain is of one stock: say which of {', '.join(wish.symbols)}.")
    strike = slots.get("strike", words.strike())
    kind = slots.get("option_type") or words.option_type()
    day = day_of(slots)
    return option_chain(market, wish.symbols[0], ExpiryWish(day) if day else words.expiry(), kind, strike)


def _bounds(words: Words, slots: Mapping[str, Any]) -> Json:
    """Slots and what a scan has no slot for: dates within so many days, moves of so many percent."""
    bounds = {name: value for name, value in slots.items() if name not in ("symbols", "symbol", "what", "strike")}
    bounds.pop("avoid_earnings", None)
    if any(name in bounds for name in BESIDE_SLOTS):
        return bounds
    if ahead := words.days_ahead():
        if words.has("reports?|reporting|earnings|results|publish"):
            bounds |= {"reports_from": ahead[0], "reports_within": ahead[1]}
        if words.has("ex div\\w*|ex|dividends?"):
            bounds |= {"ex_dividend_from": ahead[0], "ex_dividend_within": ahead[1]}
    for _, share in words.percents():
        if words.has(FELL):
            bounds |= {"max_move": -abs(share), "move_days": words.look_back_days() or 1}
        elif words.has(ROSE):
            bounds |= {"min_move": abs(share), "move_days": words.look_back_days() or 1}
    return bounds if set(bounds) - {"option_type", "limit"} else {}
