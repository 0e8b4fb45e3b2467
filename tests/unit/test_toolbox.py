"""The tools a model is offered: they read, they say their units, and none of them could place an order."""

import dis
import importlib
import inspect
import re
import types
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

import pytest
from langchain_core.tools import BaseTool

from graph.settings import Settings
from tools.desk import Desk
from tools.positions import Held, set_cash
from tools.toolbox import ABILITIES, Toolbox, trading_tools
from trading.calls import FreeLot
from trading.portfolio import Leg
from trading.sample import sample_market

OURS = ("apps", "graph", "nodes", "tools", "checkpoints", "prompts", "trading")
ROOMS_A_TOOL_MAY_REACH = (
    "trading.",
    "graph.errors",
    "graph.settings",
    "tools.calls.call_opportunities",
    "tools.chains",
    "tools.cycle",
    "tools.listed",
    "tools.lookup",
    "tools.market",
    "tools.risk",
    "tools.rolls",
    "tools.screening",
    "tools.toolbox",
    "tools.wheel",
)
WRITING = re.compile(r"order|submit|place|broker|execute|buy|trade_now|save|insert|delete|update|write|send|transfer")
BUILTINS_THAT_ACT = {"open", "exec", "eval", "compile", "__import__", "input", "print"}
PLACES = re.compile(r"^(place|submit|send|execute|open|close|add|remove|set|import|buy|sell|roll|cancel)_")
HELD = Held((Leg("KO", "put", -2, 1.0, 65.0, date(2026, 12, 18)),), 60_000.0)
LOTS = [FreeLot("PEP", 152.0, 150.5)]


def toolbox() -> dict[str, BaseTool]:
    desk = Desk(sample_market, lambda: HELD, Settings, lambda: LOTS)
    return {tool.name: tool for tool in trading_tools(desk)}


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def named_in(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Every global or imported name a function's code uses, with what it stands for."""
    for code in codes(function.__code__):
        module = ""
        for step in dis.get_instructions(code):
            if step.opname == "IMPORT_NAME":
                module = str(step.argval)
                yield module, importlib.import_module(module)
            elif step.opname == "IMPORT_FROM":
                yield step.argval, getattr(importlib.import_module(module), step.argval, None)
            elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                known = {**vars(importlib.import_module("builtins")), **function.__globals__}
                yield step.argval, known.get(step.argval)


def functions_of(thing: Any) -> Iterator[types.FunctionType]:
    """The functions behind a name: itself, what it wraps, or the methods of a class."""
    if isinstance(thing, property):
        yield from functions_of(thing.fget)
    elif isinstance(thing, cached_property):
        yield from functions_of(thing.func)
    elif isinstance(thing, staticmethod | classmethod):
        yield from functions_of(thing.__func__)
    elif isinstance(thing, types.FunctionType):
        yield thing
        yield from functions_of(getattr(thing, "__wrapped__", None))
    elif isinstance(thing, type):
        for inner in vars(thing).values():
            if not isinstance(inner, type):
                yield from functions_of(inner)
    elif isinstance(thing, dict):
        for inner in thing.values():
            yield from functions_of(inner)


def reached(start: Any) -> tuple[set[str], set[str]]:
    """Everything of ours that a call could lead to, as module.function, and the other names used on the way."""
    waiting, seen, others = list(functions_of(start)), set(), set()
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        for name, thing in named_in(function):
            home = getattr(thing, "__module__", None) or ""
            if isinstance(thing, dict) or home.split(".")[0] in OURS:
                waiting += functions_of(thing)
            else:
                others.add(thing.__name__ if isinstance(thing, types.ModuleType) else name)
    return {f"{one.__module__}.{one.__qualname__}" for one in seen if one.__module__.split(".")[0] in OURS}, others


def test_the_walk_finds_the_abilities_behind_the_tools() -> None:
    ours, _ = reached(Toolbox)
    assert {"tools.market.quotes", "tools.risk.assess_trade", "trading.wheel.scan", "trading.stress.scenario"} <= ours
    assert {"trading.calls.covered_calls", "trading.rolls.rolls", "trading.cycle_report.value_cycle"} <= ours


def test_no_tool_can_reach_anything_that_writes() -> None:
    ours, others = reached(Toolbox)
    strangers = {name for name in ours if not name.startswith(ROOMS_A_TOOL_MAY_REACH)}
    assert strangers == set()
    assert others & BUILTINS_THAT_ACT == set()
    ways_out = ("socket", "subprocess", "os", "requests", "httpx", "urllib", "sqlalchemy", "psycopg", "checkpoints")
    assert [name for name in others if name.split(".")[0] in ways_out] == []


def test_the_walk_would_find_a_tool_that_writes() -> None:
    class Broken:
        def get_quotes(self, symbols: list[str]) -> None:
            from tools.position_file import read_positions_file

            set_cash(*symbols)
            open(read_positions_file(symbols))  # noqa: PTH123, SIM115

    ours, others = reached(Broken)
    assert any(name.startswith("checkpoints.positions.") for name in ours)
    assert "open" in others


@pytest.mark.parametrize("name", ABILITIES)
def test_no_tool_is_named_like_an_order_or_takes_one(name: str) -> None:
    tool = toolbox()[name]
    assert not PLACES.match(name)
    assert [argument for argument in tool.args if WRITING.search(argument)] == []


@pytest.mark.parametrize("name", ABILITIES)
def test_every_tool_says_its_units_and_what_comes_back(name: str) -> None:
    said = toolbox()[name].description
    assert "Returns" in said
    units = r"dollars|fractions?|calendar days|trading days|contracts|0 to 100"
    assert re.search(units, said)
    assert said == inspect.getdoc(getattr(Toolbox, name))


@pytest.mark.parametrize("name", ABILITIES)
def test_every_argument_has_a_type(name: str) -> None:
    assert [
        argument for argument, kind in toolbox()[name].args.items() if not {"type", "anyOf", "enum"} & set(kind)
    ] == []


def test_every_public_method_is_a_tool() -> None:
    methods = {name for name, _ in inspect.getmembers(Toolbox, inspect.isfunction) if not name.startswith("_")}
    assert methods == set(toolbox())


@pytest.mark.parametrize(
    ("name", "given", "key"),
    [
        ("find_option_trades", {"symbols": ["KO"], "limit": 1}, "opportunities"),
        ("get_quotes", {"symbols": ["AMD", "KO"]}, "quotes"),
        ("get_option_chain", {"symbol": "AMD", "month": "2026-12", "option_type": "put"}, "chain"),
        ("get_iv_rank", {"symbols": ["AMD"]}, "iv_ranks"),
        ("get_price_history", {"symbols": ["AMD"], "days": 21}, "history"),
        ("get_earnings_and_dividends", {"symbols": ["PEP"]}, "events"),
        ("screen_stocks", {"max_price": 20, "min_iv_rank": 50}, "stocks"),
        ("get_portfolio_risk", {"spot_move": -0.1}, "scenario"),
        ("check_trade", {"symbol": "KO", "option_type": "put", "strike": 65, "expiry": "2026-12-18"}, "valid"),
        (
            "count_contracts_that_fit",
            {"symbol": "KO", "option_type": "put", "strike": 65, "expiry": "2026-12-18"},
            "contracts",
        ),
        ("find_calls_on_shares", {"symbols": ["PEP"], "limit": 1}, "lots"),
        (
            "compare_rolls",
            {"symbol": "KO", "option_type": "put", "strike": 65, "expiry": "2026-12-18"},
            "choices",
        ),
        ("value_wheel_cycle", {"symbol": "KO", "strike": 65, "expiry": "2026-12-18", "drift": 0.07}, "wheel"),
    ],
)
def test_every_tool_answers_with_source_and_time(name: str, given: dict[str, Any], key: str) -> None:
    answer = toolbox()[name].invoke(given)
    assert key in answer
    assert answer["source"] == "sample"
    assert answer["as_of"] == sample_market().as_of.isoformat()


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("get_quotes", {"symbols": ["ZZZZ"]}, "does not know ZZZZ"),
        ("get_option_chain", {"symbol": "AMD", "expiry": "soon"}, "a date such as 2026-12-18"),
        ("find_option_trades", {"max_delta": 3}, "cannot be above 1"),
        ("check_trade", {"symbol": "KO", "option_type": "put", "strike": 61.3, "expiry": "2026-12-18"}, "nearest"),
        ("find_calls_on_shares", {"symbols": ["KO"]}, "No lot of 100 shares of KO is held"),
        ("compare_rolls", {"symbol": "KO", "option_type": "put", "strike": 65, "expiry": "2026-12-19"}, "nearest"),
        ("value_wheel_cycle", {"symbol": "KO", "strike": 65, "expiry": "2026-12-18", "drift": 7}, "a fraction a year"),
    ],
)
def test_what_a_model_has_to_change_comes_back_as_a_sentence(name: str, given: dict[str, Any], sentence: str) -> None:
    assert sentence in toolbox()[name].invoke(given)["error"]


def test_calls_come_for_the_shares_that_are_held_and_none_below_their_cost() -> None:
    found = toolbox()["find_calls_on_shares"].invoke({"min_dte": 10})
    assert {(row["symbol"], row["type"], row["held"]["lots"]) for row in found["opportunities"]} == {("PEP", "call", 1)}
    assert min(row["strike"] for row in found["opportunities"]) >= LOTS[0].basis
    loose = toolbox()["find_calls_on_shares"].invoke({"min_dte": 10, "below_cost": True})
    assert min(row["strike"] for row in loose["opportunities"]) < LOTS[0].basis
    assert found["lots"] == [{"symbol": "PEP", "basis": 152.0, "adjusted": 150.5}]


def test_a_roll_knows_from_the_positions_what_was_received_for_how_many() -> None:
    contract = {"symbol": "KO", "option_type": "put", "strike": 65, "expiry": "2026-12-18"}
    position = toolbox()["compare_rolls"].invoke(contract)["position"]
    assert (position["contracts"], position["premium"]) == (2, 1.0)


def test_a_bug_is_not_told_to_the_model_as_an_answer() -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    tools = {tool.name: tool for tool in trading_tools(Desk(broken, lambda: HELD, Settings, lambda: LOTS))}
    with pytest.raises(ZeroDivisionError):
        tools["get_quotes"].invoke({"symbols": ["KO"]})
