"""`magnus price`: contracts as JSON lines in, one answer a line out, and a reason wherever there is none."""

import json
import math
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from apps.cli.price import price as price_command
from graph.errors import BadInput
from tools.pricing import FIGURES, price_contracts, read_contract
from trading.american import american_greeks, american_price
from trading.pricing import greeks, price

PUT = {
    "type": "put",
    "style": "european",
    "spot": 100,
    "strike": 95,
    "years": 0.1,
    "rate": 0.04,
    "dividend_yield": 0.01,
}


def contract(**change):
    return {**PUT, "volatility": 0.3, **change}


def answers(*fields):
    return price_contracts([read_contract(json.dumps(each)) for each in fields])


def magnus_price(*words, stdin=None):
    """Exit code and standard output; what the person can act on is raised, as the command's door expects."""
    app = typer.Typer()
    app.command()(price_command)
    result = CliRunner().invoke(app, list(words), input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_a_european_contract_gets_its_price_and_greeks_in_the_units_promised():
    (found,) = answers(contract())
    columns = (False, 100, 95, 0.1, 0.04, 0.01, 0.3)
    slopes = greeks(*columns)
    expected = [price(*columns), 0.3, slopes.delta, slopes.gamma, slopes.theta, slopes.vega, slopes.rho]
    assert [found[name] for name in FIGURES] == [float(value) for value in expected]
    assert found["error"] is None
    assert list(found) == [*FIGURES, "error"]


def test_an_american_contract_gets_american_figures():
    (found,) = answers(contract(style="american", strike=120, years=0.5))
    columns = (False, 100, 120, 0.5, 0.04, 0.01, 0.3)
    assert found["price"] == float(american_price(*columns))
    assert found["delta"] == float(american_greeks(*columns).delta)


@pytest.mark.parametrize("style", ["european", "american"])
def test_a_price_instead_of_a_volatility_is_kept_and_gives_the_volatility_back(style):
    (first,) = answers(contract(style=style))
    (second,) = answers({**PUT, "style": style, "price": first["price"]})
    assert second["price"] == first["price"]
    assert [second[name] for name in FIGURES] == pytest.approx([first[name] for name in FIGURES], rel=1e-6)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": 0}, "NO_PRICE"),
        ({"price": -1}, "BELOW_INTRINSIC"),
        ({"price": 95}, "ABOVE_MAXIMUM"),
        ({"price": 3, "years": 0}, "EXPIRED"),
        ({"price": 3, "spot": 0}, "BAD_INPUT"),
        ({"price": 25, "strike": 125, "style": "american"}, "BELOW_INTRINSIC"),
    ],
)
def test_a_price_without_an_answer_gets_nulls_and_a_reason(change, code):
    (found,) = answers({**PUT, **change})
    assert [found[name] for name in FIGURES] == [None] * 7
    assert found["error"].startswith(f"{code}: ")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("not json", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        ("[1, 2]", "no JSON object"),
        (json.dumps(contract(type="straddle")), 'type is "straddle"'),
        (json.dumps({**contract(), "style": None}), "style is missing"),
        (json.dumps({name: value for name, value in contract().items() if name != "strike"}), "strike is missing"),
        (json.dumps(contract(spot="100")), "finite number"),
        (json.dumps(contract(spot=True)), "finite number"),
        (json.dumps(contract(spot=math.nan)), "finite number"),
        (json.dumps(contract(rate=math.inf)), "finite number"),
        (json.dumps(contract(spot=10**400)), "finite number"),
        (json.dumps(contract(years=-0.1)), "cannot be negative"),
        (json.dumps(contract(volatility=-0.1)), "cannot be negative"),
        (json.dumps(PUT), "volatility or price"),
        (json.dumps(contract(price=2)), "volatility or price"),
    ],
)
def test_a_line_that_is_no_contract_says_what_is_wrong_and_leaves_its_neighbours_alone(line, says):
    good = read_contract(json.dumps(contract()))
    found = price_contracts([good, read_contract(line), good])
    assert says in found[1]["error"]
    assert [found[1][name] for name in FIGURES] == [None] * 7
    assert found[0] == found[2] == answers(contract())[0]


def test_answers_keep_the_order_of_mixed_contracts():
    mixed = [contract(strike=strike, style=style) for strike in (80, 90, 100) for style in ("american", "european")]
    assert answers(*mixed) == [answers(each)[0] for each in mixed]


def test_an_option_that_expires_at_its_strike_has_a_price_and_no_greeks():
    for style in ("european", "american"):
        (found,) = answers(contract(strike=100, years=0, style=style))
        assert found["price"] == 0
        assert found["delta"] is None
        assert found["error"].startswith("NO_GREEKS")


def test_every_answer_is_strict_json_even_at_the_edges():
    edges = [
        contract(style=style, **{name: value})
        for style in ("european", "american")
        for name in ("spot", "strike", "years", "volatility")
        for value in (0, 1e-12, 1e12, 1e300)
    ]
    for found in answers(*edges):
        json.dumps(found, allow_nan=False)
        assert found["price"] is not None or found["error"]


def test_a_batch_prints_one_object_a_line_in_order(tmp_path: Path):
    file = tmp_path / "contracts.jsonl"
    lines = [json.dumps(contract()), "broken", "", json.dumps(contract(strike=90))]
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    code, out = magnus_price("--batch", str(file))
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [each["error"] for each in found] == [None, "This line is no JSON.", None]
    assert found[2] == answers(contract(strike=90))[0]


def test_a_batch_longer_than_one_block_of_lines_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("apps.cli.price.LINES", 3)
    file = tmp_path / "contracts.jsonl"
    file.write_text("\n".join(json.dumps(contract(strike=strike)) for strike in range(90, 98)))
    _, out = magnus_price("--batch", str(file))
    deltas = [json.loads(line)["delta"] for line in out.splitlines()]
    assert len(deltas) == 8
    assert deltas == sorted(deltas, reverse=True)


def test_a_dash_reads_the_standard_input():
    code, out = magnus_price("--batch", "-", stdin=json.dumps(contract()) + "\n")
    assert (code, json.loads(out)) == (0, answers(contract())[0])


def test_an_empty_batch_has_no_answers():
    assert magnus_price("--batch", "-", stdin="\n") == (0, "")


def test_a_file_of_another_kind_is_bad_input(tmp_path: Path):
    file = tmp_path / "chain.csv"
    file.write_text("strike,bid\n95,1.2\n")
    with pytest.raises(BadInput, match="no JSON object on any line"):
        magnus_price("--batch", str(file))
    with pytest.raises(BadInput, match="cannot be read"):
        magnus_price("--batch", str(tmp_path / "absent.jsonl"))


ONE = (
    "--type",
    "put",
    "--spot",
    "100",
    "--strike",
    "95",
    "--years",
    "0.1",
    "--rate",
    "0.04",
    "--dividend-yield",
    "0.01",
)


def test_a_single_contract_is_priced_from_its_flags():
    code, out = magnus_price(*ONE, "--volatility", "0.3", "--json")
    assert (code, json.loads(out)) == (0, answers(contract())[0])
    code, out = magnus_price(*ONE, "--volatility", "0.3", "--style", "american")
    assert f"{answers(contract(style='american'))[0]['price']:.6f}" in out


def test_a_single_contract_without_an_answer_exits_with_1():
    code, out = magnus_price(*ONE, "--price", "0", "--json")
    assert code == 1
    assert json.loads(out)["error"].startswith("NO_PRICE")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "type is missing"),
        (ONE, "volatility or price"),
        ((*ONE, "--volatility", "nan"), "finite number"),
        (("--batch", "-", "--spot", "100"), "leave out --spot"),
    ],
)
def test_flags_that_make_no_contract_are_bad_input(words, says):
    with pytest.raises(BadInput, match=says):
        magnus_price(*words)
