"""A roll and a whole cycle told in plain lines: what each way brings, and what nobody knows."""

from tools.cycle import cycle_value
from tools.desk_text import tell_cycle, tell_rolls
from tools.rolls import roll_choices
from trading.sample import sample_market

PUT = {"symbol": "KO", "option_type": "put", "strike": 65, "expiry": "2026-12-18"}
CALL = PUT | {"option_type": "call", "strike": 70}


def test_a_roll_is_told_way_by_way_and_the_assignment_last() -> None:
    found = roll_choices(sample_market(), PUT, premium=1.0)
    told = list(tell_rolls(found))
    assert told[0] == "KO 2026-12-18 65 put: buying it back costs 0.74"
    assert [line.split()[0] for line in told[1:-1]] == [row["choice"] for row in found["choices"][:-1]]
    assert told[-1] == "Taking the assignment pays $6,500 for the shares, break-even 64.00"


def test_without_a_premium_the_break_even_is_unknown_and_a_call_brings_cash() -> None:
    *_, last = tell_rolls(roll_choices(sample_market(), CALL))
    assert last == "Taking the assignment brings $7,000 for the shares, break-even unknown without the premium"


def test_what_cannot_be_bought_back_has_no_price() -> None:
    found = roll_choices(sample_market(), PUT)
    found["position"]["ask"] = None
    assert next(tell_rolls(found)).endswith("nobody offers it")


def test_a_cycle_is_told_beside_the_other_ways_with_what_it_rests_on() -> None:
    found = cycle_value(sample_market(), {name: PUT[name] for name in ("symbol", "strike", "expiry")})
    told = list(tell_cycle(found))
    assert told[0] == "KO 2026-12-18 65 put, a whole turn of the wheel from it"
    assert f"The wheel {found['wheel']['mean_usd']:,.0f}, buy and hold" in told[1]
    assert told[2:] == found["assumptions"]
