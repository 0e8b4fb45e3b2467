"""Recorded chains, from the file to the answer."""

import json
import re
from pathlib import Path

import pytest
from command import Magnus

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
AMZN = SHARED / "chains" / "options_chain_AMZN_20231109.csv"
BODIES = sorted((SHARED / "yahoo_options_2025").glob("*.json"))
pytestmark = pytest.mark.skipif(not AMZN.exists(), reason="the recorded market data is not beside this checkout")


def test_a_recorded_chain_is_imported_and_scanned(magnus: Magnus) -> None:
    imported = json.loads(magnus("import", "chain", str(AMZN), "--symbol", "AMZN", "--json").stdout)
    assert imported["spot"] == pytest.approx(142, abs=1)
    assert imported["spot_from"] == "parity"
    assert imported["rows"] == imported["contracts"] + sum(imported["dropped"].values())
    found = json.loads(magnus("scan", "--symbols", "AMZN", "--data", "stored", "--json").stdout)
    assert found["source"] == "stored"
    assert found["as_of"] == imported["as_of"]
    assert found["opportunities"]
    assert all(row["bid"] == row["premium"] and row["strike"] < row["spot"] for row in found["opportunities"])
    shown = magnus("Which put should I sell on AMZN?", "--data", "stored").stdout
    assert re.search(r"stored quotes of 2023-11-09 .* New York, [\d,]+ days old", shown)


def test_importing_again_replaces_and_adds_nothing(magnus: Magnus) -> None:
    first, again = (
        json.loads(magnus("import", "chain", str(AMZN), "--symbol", "amzn", "--json").stdout) for _ in range(2)
    )
    assert (first.pop("replaced"), again.pop("replaced")) == (False, True)
    assert first == again


def test_quotes_from_before_the_open_recommend_nothing(magnus: Magnus) -> None:
    contracts = 0
    for body in BODIES:
        imported = magnus("import", "chain", str(body), "--symbol", body.stem, "--json")
        assert imported.returncode == 0, imported.stderr
        contracts += json.loads(imported.stdout)["contracts"]
    found = json.loads(magnus("scan", "--data", "stored", "--json").stdout)
    assert found["opportunities"] == []
    assert found["considered"] == found["rejected"]["no live quotes"] == contracts
    assert any("no live quotes" in warning.lower() for warning in found["warnings"])


def test_a_file_that_makes_no_sense_changes_nothing(magnus: Magnus, tmp_path: Path) -> None:
    magnus("import", "chain", str(AMZN), "--symbol", "AMZN")
    broken = tmp_path / "broken.csv"
    broken.write_text("contractSymbol,strike\nAMZN231110P00140000\n", encoding="utf-8")
    refused = magnus("import", "chain", str(broken), "--symbol", "AMZN")
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1
    assert json.loads(magnus("scan", "--symbols", "AMZN", "--data", "stored", "--json").stdout)["opportunities"]
