"""The trading abilities as tools for a model. Each reads the desk it is given; none can write, and none trades."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from inspect import getdoc
from typing import Any, Literal, ParamSpec

from langchain_core.tools import BaseTool, StructuredTool

from graph.errors import BadInput
from tools.calls import call_opportunities
from tools.chains import option_chain
from tools.cycle import cycle_value
from tools.desk import Desk
from tools.market import events, iv_ranks, price_history, quotes
from tools.risk import assess_portfolio, assess_trade, size_trade
from tools.rolls import roll_choices
from tools.screening import screen
from tools.wheel import find_opportunities
from trading.listing import ExpiryWish

Json = dict[str, Any]
OptionType = Literal["put", "call"]
Given = ParamSpec("Given")


def trading_tools(desk: Desk) -> list[BaseTool]:
    """Every trading ability over this desk, to be bound to a model; a request that cannot be used is told in words."""
    abilities = {name: getattr(Toolbox(desk), name) for name in ABILITIES}
    return [
        StructuredTool.from_function(_told(ability), name=name, description=getdoc(ability))
        for name, ability in abilities.items()
    ]


class Toolbox:
    """What a model may ask of a desk. A method's docstring is what the model reads of it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find_option_trades(
        self,
        symbols: list[str] | None = None,
        option_type: OptionType | None = None,
        min_price: float | None = None,
        max_price: float | None = None,
        min_delta: float | None = None,
        max_delta: float | None = None,
        min_dte: int | None = None,
        max_dte: int | None = None,
        expiry: str | None = None,
        min_annual_yield: float | None = None,
        min_premium: float | None = None,
        min_open_interest: int | None = None,
        min_volume: int | None = None,
        max_spread_pct: float | None = None,
        max_capital: float | None = None,
        min_iv_rank: float | None = None,
        sectors: list[str] | None = None,
        exclude_sectors: list[str] | None = None,
        exclude_symbols: list[str] | None = None,
        avoid_earnings: bool | None = None,
        limit: int | None = None,
    ) -> Json:
        """Look for options to sell: cash-secured puts, or with option_type "call" calls on shares that are owned.

        Prices and premium are dollars a share, capital dollars a contract; delta (absolute), annual yield and spread
        fractions; dte calendar days, expiry a date such as 2026-12-18, IV rank 0 to 100, sectors GICS names. Returns
        "opportunities" ranked by "score", each with its figures, "reasons" and risk verdicts, what was "rejected" and
        why, "source" and "as_of". Figures are at the bid.
        """
        slots = {name: value for name, value in locals().items() if name not in BESIDE_SLOTS and value is not None}
        return find_opportunities(self._desk.market(), slots, self._desk.settings())

    def get_quotes(self, symbols: list[str]) -> Json:
        """Look up what stocks cost now, with volatility and dates; for "price of KO" or an overview of some stocks.

        Returns "quotes": spot in dollars, change since the close before as a fraction, 30-day implied volatility as a
        fraction a year, IV rank and percentile from 0 to 100 with the days in their sample, the next earnings and
        ex-dividend dates, "source" and "as_of". null means that the source does not know; never take it for 0.
        """
        return quotes(self._desk.market(), symbols)

    def get_option_chain(
        self,
        symbol: str,
        expiry: str | None = None,
        month: str | None = None,
        option_type: OptionType | None = None,
        strike: float | None = None,
        strikes: int = 10,
    ) -> Json:
        """Look up the listed contracts of one stock on one expiry: a date such as 2026-12-18, or a month as 2026-12.

        Without either it is the expiry nearest to 30 days. `strike` in dollars keeps one strike, `strikes` that many
        next to the share price. Returns "chain": bid, ask, last in dollars a share, implied volatility as a fraction a
        year, signed delta, theta in dollars a day, volume and open interest in contracts; null where there is none.
        """
        wish = _wish(expiry, month)
        return option_chain(self._desk.market(), symbol, wish, option_type, strike, None if strike else strikes)

    def get_iv_rank(self, symbols: list[str]) -> Json:
        """Look up how dear the options of stocks are beside their own last year.

        Returns "iv_ranks": implied volatility today, its low and its high as fractions a year, rank and percentile from
        0 to 100 (null with fewer than 60 days), the days in the sample, and volatility about 30, 60 and 90 days out.
        """
        return iv_ranks(self._desk.market(), symbols)

    def get_price_history(self, symbols: list[str], days: int = 252) -> Json:
        """Look up what shares did over the last trading days (5 are a week, 21 a month, 252 a year).

        Returns "history": closes in dollars, change and deepest fall as fractions, and realised volatility as a
        fraction a year. Realised volatility is the past of the share and never stands in for implied volatility.
        """
        return price_history(self._desk.market(), symbols, days)

    def get_earnings_and_dividends(self, symbols: list[str]) -> Json:
        """Look up when companies report next and when their shares next go ex-dividend.

        Returns "events": dates, and calendar days from the quotes to them, and the dividend yield as a fraction; null
        with a note where no coming date is known.
        """
        return events(self._desk.market(), symbols)

    def screen_stocks(
        self,
        min_price: float | None = None,
        max_price: float | None = None,
        sectors: list[str] | None = None,
        exclude_sectors: list[str] | None = None,
        min_iv_rank: float | None = None,
        reports_within: int | None = None,
        ex_dividend_within: int | None = None,
        min_move: float | None = None,
        max_move: float | None = None,
        move_days: int | None = None,
        option_type: OptionType | None = None,
        max_delta: float | None = None,
        max_dte: int | None = None,
        min_annual_yield: float | None = None,
        limit: int | None = None,
    ) -> Json:
        """List stocks that meet criteria, without choosing a trade; for "which stocks ..." questions.

        Prices in dollars a share, IV rank 0 to 100, reports_within and ex_dividend_within in calendar days, moves as
        fractions over move_days trading days, delta and annual yield as fractions, dte in calendar days. Returns
        "stocks", and "rejected" with how many stocks failed which criterion.
        """
        wanted = {name: value for name, value in locals().items() if name not in BESIDE_SLOTS and value is not None}
        return screen(self._desk.market(), wanted)

    def get_portfolio_risk(self, spot_move: float | None = None, vol_move: float = 0.0) -> Json:
        """Look at what the person holds: its Greeks, allocation, stress, value at risk, limits; or "what if" it moves.

        `spot_move` and `vol_move` are fractions by which every share price and volatility moves: a 10 % drop is -0.10.
        Returns dollars unless named otherwise, "positions", "stress", "verdicts" with rule, figure and limit, and
        "scenario" where a move was given.
        """
        desk = self._desk
        return assess_portfolio(desk.market(), desk.held(), desk.settings(), spot_move=spot_move, vol_move=vol_move)

    def check_trade(self, symbol: str, option_type: OptionType, strike: float, expiry: str, contracts: int = 1) -> Json:
        """Judge whether selling so many contracts of one listed option would keep the person's limits. It only judges.

        `strike` in dollars, `expiry` a date such as 2026-12-18. Returns "valid", "violations" (each with rule, figure,
        limit and a sentence), "warnings", and "metrics" of the account in dollars before and after.
        """
        contract = _contract(symbol, option_type, strike, expiry)
        return assess_trade(self._desk.market(), self._desk.held(), self._desk.settings(), contract, contracts)

    def count_contracts_that_fit(
        self, symbol: str, option_type: OptionType, strike: float, expiry: str, max_capital: float | None = None
    ) -> Json:
        """Work out how many contracts of one listed option keep every limit; 0 is an answer.

        `strike` in dollars, `expiry` a date such as 2026-12-18, `max_capital` dollars of collateral. Returns
        "contracts", "stopped_by" (one sentence a rule), "collateral_usd" and "premium_usd" at the bid.
        """
        contract = _contract(symbol, option_type, strike, expiry)
        return size_trade(self._desk.market(), self._desk.held(), self._desk.settings(), contract, max_capital)

    def find_calls_on_shares(
        self,
        symbols: list[str] | None = None,
        min_delta: float | None = None,
        max_delta: float | None = None,
        min_dte: int | None = None,
        max_dte: int | None = None,
        expiry: str | None = None,
        min_annual_yield: float | None = None,
        min_premium: float | None = None,
        avoid_earnings: bool | None = None,
        limit: int | None = None,
        below_cost: bool = False,
    ) -> Json:
        """Look for calls to sell on shares the person holds, hundred by hundred, where no call is sold on them yet.

        Delta (absolute) and annual yield are fractions, dte calendar days, expiry a date such as 2026-12-18, premium
        dollars a share. No call below what the shares cost comes, unless `below_cost` is true; set it only when the
        person asks. Returns "opportunities" ranked by "score", each with "held" (lots it fits, their cost in dollars a
        share, what they earn if called away) and "early_assignment"; "lots" on record, "rejected", "warnings".
        """
        slots = {name: value for name, value in locals().items() if name not in BESIDE_SLOTS and value is not None}
        desk = self._desk
        return call_opportunities(desk.market(), desk.free_lots(), slots, desk.settings(), below_cost=below_cost)

    def compare_rolls(
        self,
        symbol: str,
        option_type: OptionType,
        strike: float,
        expiry: str,
        contracts: int | None = None,
        premium: float | None = None,
        basis: float | None = None,
        below_cost: bool = False,
    ) -> Json:
        """Compare what can be done with an option that was sold: roll it out, down or up, or take the assignment.

        `strike` in dollars, `expiry` a date such as 2026-12-18; `premium` is what it was sold for and `basis` what a
        share under a call cost, dollars a share; without them the person's positions say. It changes nothing. Returns
        "position" today, "choices" (each with "net_credit" and "break_even" in dollars a share, "extra_days", "delta",
        and "annual_yield" on top as a fraction; the last one is the assignment), "missing" and "warnings".
        """
        held = self._desk.held().legs
        return roll_choices(
            self._desk.market(),
            _contract(symbol, option_type, strike, expiry),
            contracts=contracts,
            premium=premium,
            basis=basis,
            held=held,
            below_cost=below_cost,
        )

    def value_wheel_cycle(
        self,
        symbol: str,
        strike: float,
        expiry: str,
        drift: float | None = None,
        vol_annual: float | None = None,
    ) -> Json:
        """Estimate what a whole turn of the wheel that begins with this put earns on average, beside other ways.

        `strike` in dollars, `expiry` a date such as 2026-12-18; `drift` and `vol_annual` are the person's own view of
        the share, as fractions a year, else the risk-free rate and what the put implies. A simulation, not a promise.
        Returns dollars a contract after costs for "wheel", "buy_and_hold" and "t_bills" (mean with its error, median,
        worst twentieth, chance of a loss), "fall" after 20 % down, and "assumptions", which belong to the answer.
        """
        contract = {"symbol": symbol, "strike": strike, "expiry": expiry}
        return cycle_value(self._desk.market(), contract, drift=drift, vol_annual=vol_annual)


BESIDE_SLOTS = ("self", "below_cost")

ABILITIES = tuple(name for name in vars(Toolbox) if not name.startswith("_"))
"""Every public method of the toolbox is a tool, and nothing else is."""


def _told(ability: Callable[Given, Json]) -> Callable[Given, Json]:
    """The same ability; what the model has to change comes back as a sentence under "error"."""

    @wraps(ability)
    def tell(*given: Given.args, **named: Given.kwargs) -> Json:
        try:
            return ability(*given, **named)
        except BadInput as error:
            return {"error": str(error)}

    return tell


def _contract(symbol: str, option_type: OptionType, strike: float, expiry: str) -> Json:
    return {"symbol": symbol, "option_type": option_type, "strike": strike, "expiry": expiry}


def _wish(expiry: str | None, month: str | None) -> ExpiryWish:
    try:
        if month is not None:
            first = date.fromisoformat(f"{month}-01")
            return ExpiryWish(month=(first.year, first.month))
        return ExpiryWish(day=date.fromisoformat(expiry)) if expiry else ExpiryWish()
    except ValueError:
        raise BadInput("expiry has to be a date such as 2026-12-18, month one such as 2026-12.") from None
