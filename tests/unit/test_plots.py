"""Pictures: they show the numbers of the answer, say SAMPLE in their title, and open without a network."""

import json
import os
import shutil
import stat
import struct
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
from small_market import NOON, RICH, Row, SmallMarket
from typer.testing import CliRunner

from apps.cli.risk import risk as risk_command
from apps.cli.scan import scan as scan_command
from graph.errors import BadInput, Unavailable
from graph.settings import Settings
from tools.pictures import BROWSERS, check_picture, write_picture
from tools.plots import risk_figure, scan_figure
from tools.positions import Held
from tools.risk import assess_portfolio
from trading.criteria import Criteria
from trading.payoff import payoff_at_expiry
from trading.portfolio import Leg
from trading.wheel import scan

EXPIRY = date(2026, 12, 2)
PNG = b"\x89PNG\r\n\x1a\n"
MARKET = SmallMarket().add("KO", Row(95.0, 1.30, 1.36), Row(90.0, 0.50, 0.55, open_interest=200.0))
PUT = Leg("KO", "put", -2, 1.30, 95.0, EXPIRY)


def scanned(market: SmallMarket = MARKET) -> dict[str, Any]:
    return scan(market, Criteria(), RICH)


def assessed(*legs: Leg) -> dict[str, Any]:
    return assess_portfolio(MARKET, Held(legs, 50_000.0), Settings(data_dir=Path("nowhere")))


def test_a_sold_put_keeps_its_premium_above_the_strike_and_loses_a_dollar_a_dollar_below() -> None:
    assert payoff_at_expiry([PUT], [80.0, 93.7, 95.0, 120.0]) == pytest.approx([-2_740.0, 0.0, 260.0, 260.0])


def test_a_covered_call_gains_with_the_shares_until_its_strike() -> None:
    covered = [Leg("KO", "shares", 1, 90.0), Leg("KO", "call", -1, 1.10, 105.0, EXPIRY)]
    assert payoff_at_expiry(covered, [80.0, 90.0, 105.0, 130.0]) == pytest.approx([-890.0, 110.0, 1_610.0, 1_610.0])


def test_the_scatter_shows_delta_against_yield_and_the_more_liquid_contract_larger() -> None:
    found = scanned()
    dots = scan_figure(found, NOON).data[0]
    assert list(dots.x) == [abs(row["delta"]) for row in found["opportunities"]]
    assert list(dots.y) == [row["annual_yield"] for row in found["opportunities"]]
    sizes = dict(zip([row["strike"] for row in found["opportunities"]], dots.marker.size, strict=True))
    assert sizes[95.0] > sizes[90.0]


def test_the_payoff_of_an_opportunity_is_that_of_one_contract_sold_at_the_bid() -> None:
    lines = {line.name: line for line in scan_figure(scanned(), NOON).data[1:]}
    line = lines["KO 95 put 2026-12-02"]
    assert (line.x[0], line.y[0], line.y[-1]) == pytest.approx((-0.30, 100 * (70 - 95 + 1.30), 130.0))


def test_of_many_opportunities_the_best_are_named_and_the_title_says_so() -> None:
    rows = scanned()["opportunities"]
    figure = scan_figure(scanned() | {"opportunities": rows[:1] * 13}, NOON)
    assert list(figure.data[0].text) == ["KO"] * 12 + [""]
    assert [title.text for title in figure.layout.annotations] == [
        "Larger is more liquid, lighter scores higher, names of the best 12",
        "Gain at expiry, one contract of each of the best 5",
    ]


def test_an_empty_scan_is_a_picture_that_says_so() -> None:
    figure = scan_figure(scanned(SmallMarket().add("KO", Row(95.0, 0.0, 0.0))), NOON)
    assert "No contract passed" in figure.layout.title.text


def test_the_heat_map_shows_every_cell_of_the_stress_grid() -> None:
    found = assessed(PUT)
    heat = next(trace for trace in risk_figure(found, NOON).data if trace.type == "heatmap")
    assert [list(row) for row in heat.z] == found["stress"]["pnl_usd"]
    assert (heat.y[0], heat.x[-1]) == ("-30%", "+50%")


def test_the_allocation_is_in_dollars_with_puts_assigned() -> None:
    bars = next(trace for trace in risk_figure(assessed(PUT), NOON).data if trace.type == "bar")
    assert (list(bars.x), list(bars.y)) == (["KO"], [19_000.0])


def test_the_portfolio_gains_at_expiry_what_its_companies_gain_together() -> None:
    shares = Leg("KO", "shares", 1, 90.0, adjusted=89.0)
    lines = {trace.name: trace for trace in risk_figure(assessed(PUT, shares), NOON).data if trace.type == "scatter"}
    assert set(lines) == {"KO", "all"}
    assert lines["all"].y[0] == pytest.approx(200 * (70 - 95 + 1.30) + 100 * (70 - 90))
    assert list(lines["all"].y) == list(lines["KO"].y)


def test_of_many_companies_those_that_move_most_have_a_line_and_all_are_in_the_sum() -> None:
    found = assessed(PUT)
    (row,) = found["positions"]
    many = [row | {"symbol": f"S{number}", "quantity": -number} for number in range(1, 13)]
    figure = risk_figure(found | {"positions": many}, NOON)
    lines = {trace.name: trace for trace in figure.data if trace.type == "scatter"}
    assert lines.keys() == {*(f"S{number}" for number in range(5, 13)), "all"}
    assert lines["all"].y[0] == pytest.approx(sum(range(1, 13)) * 100 * (70 - 95 + 1.30))
    assert figure.layout.annotations[2].text == "Gain at expiry, all and the 8 that move most"


def test_the_names_of_the_lines_stand_beside_them() -> None:
    layout = risk_figure(assessed(PUT), NOON).layout
    assert (layout.legend.y, layout.legend.yanchor) == (layout.yaxis3.domain[1], "top")


def test_a_position_without_a_price_is_left_out_and_counted() -> None:
    figure = risk_figure(assessed(PUT, replace(PUT, symbol="XYZ")), NOON)
    assert "1 position; 1 without a price left out" in figure.layout.title.text


def test_a_portfolio_of_nothing_is_still_a_picture() -> None:
    assert "0 positions" in risk_figure(assessed(), NOON).layout.title.text


@pytest.mark.parametrize("picture", [lambda: scan_figure(scanned(), NOON), lambda: risk_figure(assessed(PUT), NOON)])
def test_sample_is_in_the_title_of_every_picture(picture: Any) -> None:
    assert picture().layout.title.text.startswith("<b>SAMPLE data, made up")


def test_the_age_of_stored_quotes_is_in_the_title() -> None:
    found = scanned(SmallMarket("stored").add("KO", Row()))
    title = scan_figure(found, NOON + timedelta(days=3)).layout.title.text
    assert title.startswith("<b>stored quotes of 2026-11-02 12:00 New York, 3 days old</b>")


def test_a_page_opens_without_a_network(tmp_path: Path) -> None:
    """Everything it draws with is inside it: no script, style sheet or picture is fetched."""
    file = tmp_path / "scan.html"
    write_picture(scan_figure(scanned(), NOON), file)
    outside = _Outside()
    outside.feed(file.read_text(encoding="utf-8"))
    assert outside.addresses == []
    assert outside.characters > 1_000_000
    assert "SAMPLE data" in file.read_text(encoding="utf-8")


def test_a_symbol_that_holds_markup_is_shown_as_text(tmp_path: Path) -> None:
    file = tmp_path / "scan.html"
    market = SmallMarket().add("</script><img src=x>", Row())
    write_picture(scan_figure(scanned(market), NOON), file)
    text = file.read_text(encoding="utf-8")
    assert "<img src=x>" not in text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("scan.gif", "scan.gif is no picture Magnus can write: give a name that ends in .html or .png."),
        ("no/such/scan.html", "There is no folder for scan.html: make it, or name another."),
    ],
)
def test_a_file_that_cannot_be_a_picture_is_told_before_anything_is_computed(
    tmp_path: Path, name: str, sentence: str
) -> None:
    with pytest.raises(BadInput) as told:
        check_picture(tmp_path / name)
    assert str(told.value) == sentence


def test_without_a_browser_a_png_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as told:
        check_picture(tmp_path / "scan.png", {"PATH": str(tmp_path)})
    assert str(told.value) == (
        "A PNG needs a browser to draw it, and neither Chromium nor Chrome is on the PATH: "
        "install one (on Debian: apt-get install chromium), or write an .html file instead."
    )


def test_a_png_is_what_the_browser_drew_of_the_page(tmp_path: Path) -> None:
    """A browser that draws its own arguments, so that the test sees what it was given."""
    _browser(
        tmp_path,
        'for word; do case $word in --screenshot=*) printf "\\211PNG\\r\\n\\032\\n$*" > ${word#*=};; esac; done',
    )
    write_picture(scan_figure(scanned(), NOON), tmp_path / "scan.png", {"PATH": str(tmp_path)})
    drawn = (tmp_path / "scan.png").read_bytes()
    assert drawn.startswith(PNG)
    assert b"--window-size=1200,576" in drawn and b"NOTFOUND" in drawn


def test_a_browser_that_draws_nothing_is_told(tmp_path: Path) -> None:
    _browser(tmp_path, "exit 3")
    with pytest.raises(Unavailable, match="drew nothing"):
        write_picture(scan_figure(scanned(), NOON), tmp_path / "scan.png", {"PATH": str(tmp_path)})
    assert not (tmp_path / "scan.png").exists()


def test_a_browser_gets_no_key_no_proxy_and_no_home_of_the_person(tmp_path: Path) -> None:
    _browser(tmp_path, "for word; do case $word in --screenshot=*) /usr/bin/env > ${word#*=};; esac; done")
    given = {"PATH": str(tmp_path), "HOME": str(tmp_path), "ANTHROPIC_API_KEY": "secret", "HTTP_PROXY": "http://x"}
    write_picture(scan_figure(scanned(), NOON), tmp_path / "scan.png", given)
    seen = dict(line.split("=", 1) for line in (tmp_path / "scan.png").read_text(encoding="utf-8").splitlines())
    assert seen["HOME"] != str(tmp_path)
    assert not {"ANTHROPIC_API_KEY", "HTTP_PROXY"} & seen.keys()


def test_a_browser_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    _browser(tmp_path, "", interpreter="/no/such/shell")
    with pytest.raises(Unavailable, match="cannot be started"):
        write_picture(scan_figure(scanned(), NOON), tmp_path / "scan.png", {"PATH": str(tmp_path)})


def test_a_real_browser_draws_a_scan_and_a_portfolio(tmp_path: Path) -> None:
    """CI installs one, so there it must be found; a blank page of this size would be 3 KB."""
    if "CI" not in os.environ and not any(map(shutil.which, BROWSERS)):
        pytest.skip("no Chromium or Chrome is on the PATH")
    for figure, height in ((scan_figure(scanned(), NOON), 576), (risk_figure(assessed(PUT), NOON), 916)):
        file = tmp_path / f"{height}.png"
        write_picture(figure, file)
        drawn = file.read_bytes()
        assert drawn.startswith(PNG)
        assert struct.unpack(">II", drawn[16:24]) == (1200, height)
        assert len(drawn) > 20_000


def test_a_scan_draws_its_picture_beside_its_answer(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(scan_command)
    file = tmp_path / "scan.html"
    shown = CliRunner().invoke(app, ["--data", "sample", "--limit", "3", "--json", "--plot", str(file)])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["source"] == "sample"
    assert str(file) in shown.stderr
    assert "SAMPLE data, made up" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--symbol", "KO", "--strike", "60", "--expiry", "2026-12-18", "--plot", "ko.html"], "the whole portfolio"),
        (["--plot", "book.gif"], "ends in .html or .png"),
        (["--plot", "nowhere/book.html"], "no folder for book.html"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused_before_the_portfolio_is_read(given: list[str], said: str) -> None:
    app = typer.Typer()
    app.command()(risk_command)
    shown = CliRunner().invoke(app, given)
    assert isinstance(shown.exception, BadInput)
    assert said in str(shown.exception)


def _browser(folder: Path, script: str, interpreter: str = "/bin/sh") -> None:
    file = folder / "chromium"
    file.write_text(f"#!{interpreter}\n{script}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


class _Outside(HTMLParser):
    """Collects what a page would fetch, and how much script it carries."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.characters = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.characters += len(data)
