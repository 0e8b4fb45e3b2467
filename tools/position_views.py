"""Positions as plain values, for JSON and for tables."""

from decimal import Decimal
from typing import Any

from checkpoints.positions import StoredLot
from trading.lot import Event
from trading.portfolio import Leg

Json = dict[str, Any]


def leg_json(leg: Leg) -> Json:
    return {
        "symbol": leg.symbol,
        "type": leg.kind,
        "quantity": leg.units if leg.kind == "shares" else leg.quantity,
        "strike": leg.strike,
        "expiry": str(leg.expiry) if leg.expiry else None,
        "price": round(leg.price, 4),
        "adjusted_basis": None if leg.adjusted is None else round(leg.adjusted, 4),
    }


def lot_json(stored: StoredLot) -> Json:
    lot, option = stored.lot, stored.lot.option
    return {
        "id": stored.id,
        "symbol": lot.symbol,
        "state": lot.state,
        "strike": dollars(option.strike) if option else None,
        "expiry": str(option.expiry) if option else None,
        "premium": dollars(option.premium) if option else None,
        "basis": dollars(lot.basis),
        "adjusted_basis": dollars(lot.adjusted_basis),
        "cash_usd": float(lot.cash),
        "realised_usd": float(lot.realised),
        "events": [_event(event) for event in lot.events],
    }


def _event(event: Event) -> Json:
    return {
        "step": event.step,
        "on": str(event.on),
        "price": float(event.price),
        "fees_usd": float(event.fees),
        "strike": dollars(event.strike),
        "expiry": str(event.expiry) if event.expiry else None,
        "premium": dollars(event.premium),
    }


def dollars(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
