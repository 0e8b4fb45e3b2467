"""How a person enters positions and reads their risk."""

from datetime import date

import pytest
from small_market import FAIR_PUT, NOON, SmallMarket
from typer.testing import CliRunner

from apps.cli.holdings import show_portfolio
from apps.cli.positions import app as positions
from graph.errors import BadInput
from graph.settings import Settings
from tools.positions import Held
from tools.risk import assess_portfolio
from trading.portfolio import Leg

EXPIRY = date(2026, 12, 2)
SHARES = Leg("KO", "shares", 100, 98.0)


def put(quantity: int) -> Leg:
    return Leg("KO", "put", quantity, FAIR_PUT.bid, FAIR_PUT.strike, EXPIRY)


@pytest.mark.parametrize(
    ("legs", "cash_usd", "sentence"),
    [
        ((SHARES,), 5_000, "No puts are sold, so none can be assigned."),
        ((put(-1),), 20_000, "The one put assigned: $9,500 of cash needed."),
        ((put(-3),), 20_000, "All 3 puts assigned: $28,500 of cash needed, $8,500 short."),
    ],
)
def test_the_puts_that_may_be_assigned_are_told_as_many_as_there_are(
    legs: tuple[Leg, ...], cash_usd: float, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    market = SmallMarket().add("KO", FAIR_PUT)
    show_portfolio(assess_portfolio(market, Held(legs, cash_usd), Settings()), NOON)
    assert sentence in capsys.readouterr().out


@pytest.mark.parametrize("shares", ["0.5", "1e2", "many"])
def test_a_fraction_of_a_share_is_refused_with_its_reason(shares: str) -> None:
    shown = CliRunner().invoke(positions, ["add", "KO", "--shares", shares, "--price", "60"])
    assert isinstance(shown.exception, BadInput)
    assert str(shown.exception) == f"{shares} is no whole number of shares: the wheel counts in lots of 100."
