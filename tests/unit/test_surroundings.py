"""Disk, sandbox and model as they are found, each with a condition and one sentence."""

import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from boxes import needs_bubblewrap

from graph.settings import Settings
from tools import surroundings
from tools.surroundings import disk, model, sandbox

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
KEY = "sk-secret"


@pytest.fixture
def open_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def box(folder: Path, script: str) -> dict[str, str]:
    """An environment whose bwrap is this script."""
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": str(folder)}


def test_the_room_is_that_of_the_folder_above_a_data_directory_that_is_not_made_yet(tmp_path: Path) -> None:
    found = disk(Settings(data_dir=tmp_path / "not" / "yet"), NOW)
    assert (found["source"], found["as_of"]) == (str(tmp_path), NOW.isoformat())
    assert found["total_bytes"] == shutil.disk_usage(tmp_path).total
    assert 0 < found["free_bytes"] <= found["total_bytes"]


@pytest.mark.parametrize(("full", "tight", "condition"), [(0, 0, "ok"), (0, 1e18, "note"), (1e18, 1e18, "wrong")])
def test_a_disk_that_fills_up_is_told_before_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: float, tight: float, condition: str
) -> None:
    monkeypatch.setattr(surroundings, "FULL_BYTES", full)
    monkeypatch.setattr(surroundings, "TIGHT_BYTES", tight)
    found = disk(Settings(data_dir=tmp_path), NOW)
    assert found["condition"] == condition
    assert ("Make room" in found["sentence"]) == (condition != "ok")


def test_no_bubblewrap_is_said_in_one_sentence(tmp_path: Path) -> None:
    found = sandbox(Settings(), NOW, {"PATH": str(tmp_path)})
    assert (found["condition"], found["works"]) == ("note", False)
    assert "bubblewrap" in found["sentence"]


def test_a_box_that_was_switched_off_is_no_box() -> None:
    found = sandbox(Settings(sandbox="off"), NOW)
    assert (found["condition"], found["works"]) == ("note", False)
    assert "MAGNUS_SANDBOX" in found["sentence"]


@needs_bubblewrap
def test_a_box_that_holds_is_ok() -> None:
    found = sandbox(Settings(), NOW)
    assert (found["condition"], found["works"]) == ("ok", True)


def test_without_a_key_the_variable_is_named_and_nobody_is_called() -> None:
    found = model(Settings(), NOW, {"ANTHROPIC_BASE_URL": "http://192.0.2.1"})
    assert (found["condition"], found["is_set_up"], found["reachable"]) == ("note", False, None)
    assert "no model: set ANTHROPIC_API_KEY" in found["sentence"]


def test_a_model_whose_server_answers_is_ok_and_its_key_is_not_shown(open_port: int) -> None:
    found = model(
        Settings(), NOW, {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": f"http://user:{KEY}@127.0.0.1:{open_port}/v1"}
    )
    assert (found["condition"], found["reachable"]) == ("ok", True)
    assert KEY not in str(found)


def test_a_model_whose_server_gives_no_answer_is_wrong(closed_port: int) -> None:
    found = model(Settings(), NOW, {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{closed_port}"})
    assert (found["condition"], found["reachable"]) == ("wrong", False)
    assert str(closed_port) in found["sentence"]


def test_behind_a_proxy_the_proxy_is_called(open_port: int, closed_port: int) -> None:
    environ = {"ANTHROPIC_API_KEY": KEY, "HTTPS_PROXY": f"http://127.0.0.1:{open_port}"}
    assert model(Settings(), NOW, environ)["reachable"] is True
    direct = {"ANTHROPIC_BASE_URL": f"https://127.0.0.1:{closed_port}", "NO_PROXY": "localhost, 127.0.0.1"}
    assert model(Settings(), NOW, {**environ, **direct})["reachable"] is False


@pytest.mark.parametrize("address", ["nonsense", "http://127.0.0.1:notaport"])
def test_an_address_that_cannot_be_read_is_wrong_and_named(address: str) -> None:
    found = model(Settings(), NOW, {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": address})
    assert found["condition"] == "wrong"
    assert "ANTHROPIC_BASE_URL" in found["sentence"]


def test_without_a_model_on_purpose_a_key_calls_nobody() -> None:
    found = model(Settings(no_model=True), NOW, {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": "http://192.0.2.1"})
    assert (found["condition"], found["reachable"]) == ("note", None)
