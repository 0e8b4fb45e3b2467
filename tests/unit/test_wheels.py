"""Packages for a project: pinned and hashed, fetched without running anything, installed in the box, and only there."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from package_index import Index, needs_pip, package_index, wheel_of

from graph.errors import BadInput, Unavailable
from tools.code.sandbox import Sandbox
from tools.code.wheels import Wheels, pins_in, python_version

pytestmark = needs_pip
HASH = "--hash=sha256:" + "a" * 64
OLD, NEW, NEEDED = "strikes-1.0-py3-none-any.whl", "strikes-2.0-py3-none-any.whl", "expiries-3.1-py3-none-any.whl"
SOURCE = "strikes-9.0.tar.gz"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    files = {
        OLD: wheel_of("strikes", "1.0", "VERSION = 1\n"),
        NEW: wheel_of("strikes", "2.0", "VERSION = 2\n", requires="expiries>=3"),
        NEEDED: wheel_of("expiries", "3.1", ""),
        SOURCE: b"never to be looked at",
    }
    with package_index(files) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield index


@pytest.fixture
def wheels(tmp_path: Path) -> Wheels:
    return Wheels(tmp_path / "wheels", Sandbox())


def test_the_newest_wheels_are_pinned_with_their_hashes_and_all_they_need(wheels: Wheels, index: Index) -> None:
    assert wheels.pinned(["strikes>1"]) == [index.pin(NEEDED), index.pin(NEW)]
    assert wheels.pinned(["strikes <2, >=1"]) == [index.pin(OLD)]
    assert f"/files/{SOURCE}" not in index.asked


@needs_bubblewrap
def test_what_is_pinned_is_fetched_and_installed_once(wheels: Wheels, index: Index) -> None:
    pins = pins_in(f"# ours\n{index.pin(NEW)}\n{index.pin(NEEDED)}\n")
    assert wheels.site(pins) is None
    assert wheels.install(pins).exit_code == 0
    site = wheels.site(pins)
    assert site is not None
    assert (site / "strikes.py").read_text() == "VERSION = 2\n"
    assert wheels.site(pins[:1]) is None
    assert [path.name for path in wheels.home.iterdir()] == [site.parent.name]


def test_a_wheel_that_is_not_what_was_pinned_is_not_taken(wheels: Wheels, index: Index) -> None:
    with pytest.raises(Unavailable, match=r"^pip could not fetch them: (?!.*://)"):
        wheels.install(pins_in(f"strikes==2.0 {HASH}"))
    assert list(wheels.home.iterdir()) == []


def test_what_is_not_there_is_said_without_the_address_it_was_looked_for(wheels: Wheels, index: Index) -> None:
    with pytest.raises(Unavailable, match="No matching distribution found for nothing_here") as raised:
        wheels.pinned(["nothing_here"])
    assert "127.0.0.1" not in str(raised.value)


@pytest.mark.parametrize(
    "line",
    [
        "strikes",
        "strikes==1.0",
        f"strikes>=1.0 {HASH}",
        f"strikes==1.0 {HASH[:-1]}",
        f"strikes==1.0 {HASH} -i here",
        f"strikes @ http://127.0.0.1/strikes.whl {HASH}",
        "-e .",
        "-r other.txt",
        "--find-links .",
        "",
    ],
)
def test_a_line_that_is_no_pin_with_a_hash_is_refused(line: str) -> None:
    with pytest.raises(BadInput, match="pinned package"):
        pins_in(f"{line}\n")


@pytest.mark.parametrize("wanted", ["-e .", "--pre", "strikes @ file:x.whl", "a b", "./x.whl", ""])
def test_what_is_no_package_is_not_asked_for(wheels: Wheels, wanted: str) -> None:
    with pytest.raises(BadInput, match="is no package"):
        wheels.pinned([wanted])


def test_comments_continued_lines_extras_and_markers_are_read() -> None:
    text = f'a[x,y]==1.0; python_version >= "3.11" \\\n    {HASH} \\\n    {HASH}\n    # via b\n'
    assert pins_in(text) == [f'a[x,y]==1.0; python_version >= "3.11" {HASH} {HASH}']


def test_the_python_of_a_project_is_read_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.12.4.final.0\n")
    assert python_version(tmp_path) == "3.12"
    assert python_version(tmp_path / "none") == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_without_a_box_nothing_is_installed(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="in the sandbox only"):
        Wheels(tmp_path, Sandbox("off")).install([f"strikes==1.0 {HASH}"])


@needs_bubblewrap
def test_what_is_old_goes_when_something_new_comes(wheels: Wheels, index: Index) -> None:
    (wheels.home / "old").mkdir(parents=True)
    (wheels.home / "young").mkdir()
    os.utime(wheels.home / "old", (0, 0))
    assert wheels.install([index.pin(NEW)]).exit_code == 0, "what it needs in turn is pinned or it is not there"
    assert {path.name for path in wheels.home.iterdir()} >= {"young"}
    assert not (wheels.home / "old").exists()
