"""Recorded chains, from the file to the answer."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command import Magnus
from databases import fresh_database

from checkpoints.chains import save_chain
from checkpoints.database import Database
from graph.settings import Settings
from tools.feeds.recorded import read_chain
from tools.feeds.stored import stored_form

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
AMZN = SHARED / "chains" / "options_chain_AMZN_20231109.csv"
BODIES = sorted((SHARED / "yahoo_options_2025").glob("*.json"))
pytestmark = pytest.mark.skipif(not AMZN.exists(), reason="the recorded market data is not beside this checkout")


Json = dict[str, Any]


@pytest.fixture(scope="module")
def desk(server_settings: Settings, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Magnus]:
    """The command on a database that holds AMZN's chain once somebody asks for `imported`, and nothing else."""
    with fresh_database(server_settings, f"TEMPLATE {template}") as settings:
        yield Magnus({"MAGNUS_DATABASE_URL": str(settings.database_url)}, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def imported(desk: Magnus) -> Json:
    return answer(desk, "import", "chain", str(AMZN), "--symbol", "AMZN", "--json")


def answer(magnus: Magnus, *words: str) -> Json:
    done = magnus(*words)
    assert done.returncode == 0, done.stderr
    found: Json = json.loads(done.stdout)
    return found


def test_a_recorded_chain_is_imported_and_scanned(desk: Magnus, imported: Json) -> None:
    assert imported["spot"] == pytest.approx(142, abs=1)
    assert imported["spot_from"] == "parity"
    assert imported["rows"] == imported["contracts"] + sum(imported["dropped"].values())
    found = answer(desk, "scan", "--symbols", "AMZN", "--data", "stored", "--json")
    assert found["source"] == "stored"
    assert found["as_of"] == imported["as_of"]
    assert found["opportunities"]
    assert all(row["bid"] == row["premium"] and row["strike"] < row["spot"] for row in found["opportunities"])
    shown = desk("Which put should I sell on AMZN?", "--data", "stored").stdout
    assert re.search(r"stored quotes of 2023-11-09 .* New York, [\d,]+ days old", shown)


def test_importing_again_replaces_and_adds_nothing(desk: Magnus, imported: Json) -> None:
    again = answer(desk, "import", "chain", str(AMZN), "--symbol", "amzn", "--json")
    assert (imported["replaced"], again["replaced"]) == (False, True)
    assert again == imported | {"replaced": True}


def test_quotes_from_before_the_open_recommend_nothing(magnus: Magnus, database: Database) -> None:
    first, *others = BODIES
    contracts = answer(magnus, "import", "chain", str(first), "--symbol", first.stem, "--json")["contracts"]
    for body in others:
        recording = read_chain(body, body.stem, None, None)
        save_chain(database, stored_form(recording, body.name, datetime.now(UTC)))
        contracts += recording.to_json()["contracts"]
    found = answer(magnus, "scan", "--data", "stored", "--json")
    assert found["opportunities"] == []
    assert found["considered"] == found["rejected"]["no live quotes"] == contracts
    assert any("no live quotes" in warning.lower() for warning in found["warnings"])


def test_a_file_that_makes_no_sense_changes_nothing(desk: Magnus, imported: Json, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("contractSymbol,strike\nAMZN231110P00140000\n", encoding="utf-8")
    refused = desk("import", "chain", str(broken), "--symbol", "AMZN")
    assert refused.returncode == 2
    assert len(refused.stderr.strip().splitlines()) == 1
    found = answer(desk, "scan", "--symbols", "AMZN", "--data", "stored", "--json")
    assert found["as_of"] == imported["as_of"]
    assert found["opportunities"]
