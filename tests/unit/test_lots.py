"""The wheel lot by lot: which steps are possible, what each costs, and that the books agree to the cent."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.lot import NEXT, Event, Lot, State, Step
from trading.lot_rules import check_deliverable, check_symbol, share_out, whole_lots
from trading.lots import advance, replay

START, EXPIRY = date(2026, 11, 2), date(2026, 12, 18)
SELLING = ("sell_put", "sell_call", "roll")
PRICED = (*SELLING, "close", "buy_shares", "sell_shares")

prices = st.decimals("0.01", "500", places=4)
fees = st.decimals("0", "20", places=2)


def usd(text: str) -> Decimal:
    return Decimal(text)


def put(premium: str = "0.85", strike: str = "60", fees: str = "0.65") -> Event:
    return Event("sell_put", START, usd(premium), usd(fees), usd(strike), EXPIRY)


def call(premium: str = "0.40", strike: str = "62", on: date = EXPIRY) -> Event:
    return Event("sell_call", on, usd(premium), usd("0.65"), usd(strike), on + timedelta(days=28))


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Any legal events of a lot, one after the other, from the table of steps alone."""
    state: State = "cash"
    on, expiry, events = START, START, []
    for _ in range(draw(st.integers(1, 12))):
        step: Step = draw(st.sampled_from(sorted(NEXT[state])))
        on = max(on, expiry) if step in ("expire", "assign", "call_away") else on
        sold = {}
        if step in SELLING:
            expiry = on + timedelta(days=draw(st.integers(0, 60)))
            sold = {"strike": draw(prices), "expiry": expiry}
        price = draw(prices) if step in PRICED else usd("0")
        premium = {"premium": draw(prices)} if step == "roll" else {}
        events.append(Event(step, on, price, draw(fees), **sold, **premium))
        state = NEXT[state][step]
    return events


def paid_and_received(events: list[Event]) -> Decimal:
    """Every flow added up the way a broker's statement does, knowing nothing of lots."""
    total, strike = usd("0"), usd("0")
    for event in events:
        total -= event.fees
        if event.step in ("sell_put", "sell_call", "sell_shares"):
            total += 100 * event.price
        if event.step in ("close", "buy_shares", "roll"):
            total -= 100 * event.price
        if event.step == "roll":
            total += 100 * event.premium
        if event.step in ("assign", "call_away"):
            total += 100 * (strike if event.step == "call_away" else -strike)
        strike = event.strike or strike
    return total


@given(histories(), prices, prices)
def test_cash_and_what_is_held_is_realised_and_unrealised_after_any_legal_events(
    events: list[Event], spot: Decimal, option_price: Decimal
) -> None:
    lot = replay("KO", events)
    assert lot.cash == paid_and_received(events)
    assert lot.cash + lot.value(spot, option_price) == lot.realised + lot.unrealised(spot, option_price)


@given(histories())
def test_a_lot_back_in_cash_has_realised_what_it_was_paid(events: list[Event]) -> None:
    lot = replay("KO", events)
    while lot.state != "cash":
        expiry = lot.option.expiry if lot.option else lot.events[-1].on
        step: Step = "sell_shares" if lot.state == "shares" else "expire"
        on = max(expiry, lot.events[-1].on)
        lot = advance(lot, Event(step, on, usd("1") if step == "sell_shares" else usd("0")))
    assert lot.realised == lot.cash == paid_and_received(list(lot.events))
    assert (lot.basis, lot.option, lot.income, lot.unrealised(usd("5"), usd("5"))) == (None, None, 0, 0)


@given(histories())
def test_the_adjusted_basis_is_all_that_was_paid_since_the_lot_was_last_in_cash(events: list[Event]) -> None:
    lot, since = Lot("KO"), usd("0")
    for event in events:
        lot = advance(lot, event)
        since = lot.cash if lot.state == "cash" else since
    if lot.adjusted_basis is not None:
        assert 100 * lot.adjusted_basis == since - lot.cash


@given(histories(), st.sampled_from(sorted({step for steps in NEXT.values() for step in steps})))
def test_a_step_that_the_state_does_not_know_is_refused_and_changes_nothing(events: list[Event], step: Step) -> None:
    lot = replay("KO", events)
    if step not in NEXT[lot.state]:
        with pytest.raises(ValueError, match=r"^KO: the lot .* so it cannot .*; it can .*\.$"):
            advance(lot, Event(step, date(2030, 1, 1), usd("1")))
        assert lot == replay("KO", events)


def test_a_whole_turn_of_the_wheel_reconciles_to_the_cent() -> None:
    lot = replay("KO", [put(), Event("assign", EXPIRY, fees=usd("5")), call()])
    assert (lot.state, lot.basis, lot.adjusted_basis) == ("short_call", usd("60"), usd("58.8130"))
    lot = advance(lot, Event("call_away", lot.option.expiry if lot.option else EXPIRY))
    assert (lot.state, lot.cash, lot.realised) == ("cash", usd("318.70"), usd("318.70"))
    assert [event.price for event in lot.events] == [usd("0.85"), usd("60"), usd("0.40"), usd("62")]


def test_a_roll_books_the_old_contract_and_carries_the_new_one() -> None:
    roll = Event("roll", date(2026, 12, 1), usd("1.20"), usd("1.30"), usd("58"), date(2027, 1, 15), usd("1.75"))
    lot = replay("KO", [put(), roll])
    assert (lot.state, lot.cash, lot.realised) == ("short_put", usd("138.05"), usd("-36.95"))
    assert lot.option and (lot.option.strike, lot.option.premium) == (usd("58"), usd("1.75"))
    assert lot.unrealised(usd("57"), usd("1.00")) == usd("75")


@pytest.mark.parametrize(
    ("before", "event", "sentence"),
    [
        (
            [],
            call(),
            "KO: the lot is in cash, so it cannot sell a call; it can sell a put or buy shares.",
        ),
        ([put()], put(), "KO: the lot is a short put, so it cannot sell a put; it can expire or close"),
        ([put()], Event("expire", START), "its put expires on 2026-12-18, so it cannot have expired on 2026-11-02"),
        ([put()], Event("close", date(2026, 12, 19), usd("1")), "its put expired on 2026-12-18, so 2026-12-19 is too"),
        ([put()], Event("assign", EXPIRY, usd("58")), "shares change hands at the strike of 60, not at 58"),
        ([put()], Event("expire", EXPIRY, usd("0.01")), "an option that expires is worth nothing"),
        ([put()], Event("assign", date(2026, 11, 1)), "2026-11-01 is before 2026-11-02, when its last step was taken"),
        ([put()], Event("roll", START, usd("1"), strike=usd("5"), expiry=EXPIRY), "a roll needs the premium"),
        ([], put(strike="0"), "to sell a put needs a strike above 0"),
        ([], put(premium="0"), "to sell a put needs a price above 0"),
        ([], put(premium="-1"), "the price of -1 has to be a number of dollars that is not below 0"),
        ([], put(premium="NaN"), "the price of NaN has to be a number of dollars"),
        ([], put(premium="1E+40"), "the price of 1E+40 is above 10,000,000 dollars"),
        ([], put(fees="0.005"), "the fees of 0.005 is finer than 0.01 dollars"),
        ([], Event("sell_put", START, usd("1"), strike=usd("60")), "to sell a put needs an expiry"),
        ([], Event("sell_put", START, usd("1"), strike=usd("60"), expiry=date(2026, 1, 1)), "expired on 2026-01-01"),
        ([], Event("buy_shares", START, usd("1"), strike=usd("60")), "to buy shares takes no strike and no expiry"),
    ],
)
def test_what_cannot_happen_is_refused_in_one_sentence(before: list[Event], event: Event, sentence: str) -> None:
    with pytest.raises(ValueError) as told:
        advance(replay("KO", before), event)
    assert sentence in str(told.value)


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ("250", "250 shares are no whole lots of 100"),
        ("0", "0 shares are no whole lots of 100"),
        ("-100", "-100 shares are no whole lots of 100"),
        ("100.5", "100.5 shares hold a fraction of one"),
    ],
)
def test_fractions_and_odd_lots_are_refused_with_a_reason(shares: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        whole_lots("KO", usd(shares))
    assert whole_lots("KO", usd("300.0")) == 3


def test_contracts_that_do_not_deliver_a_hundred_shares_are_refused_with_a_reason() -> None:
    with pytest.raises(ValueError, match="a contract that delivers 10 shares cannot be kept"):
        check_deliverable("KO", usd("10"))
    with pytest.raises(ValueError, match="KO1 is an adjusted contract"):
        check_symbol("KO1")
    with pytest.raises(ValueError, match="is no ticker"):
        check_symbol("coca cola")
    for fine in ("KO", "BRK.B", "BF-B"):
        check_symbol(fine)
    check_deliverable("KO", usd("100"))


@given(fees, st.integers(1, 40))
def test_fees_shared_out_over_lots_add_up_again(total: Decimal, lots: int) -> None:
    parts = share_out(total, lots)
    assert sum(parts) == total
    assert max(parts) - min(parts) <= usd("0.01")
