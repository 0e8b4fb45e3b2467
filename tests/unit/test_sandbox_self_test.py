"""The self-test of the sandbox sees each wall that is missing: bubblewrap is given one hole at a time."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from boxes import needs_bubblewrap

from graph.errors import BadInput
from tools.code.sandbox import OFF_WARNING
from tools.code.self_test import open_sandbox, self_test

pytestmark = needs_bubblewrap

HOLED = """#!{python} -IS
import os, sys
words, old, new = sys.argv[1:], {old!r}, {new!r}
if old and old[0] in words:
    at = next(i for i in range(len(words)) if words[i:i + len(old)] == old)
    words[at:at + len(old)] = new
os.execve({bwrap!r}, ["bwrap", *words], {environment!r})
"""


def holed(folder: Path, old: list[str], new: list[str], environment: dict[str, str] | None = None) -> str:
    """A folder with a bubblewrap that takes `new` for `old`."""
    program = folder / "bwrap"
    bwrap = shutil.which("bwrap")
    text = HOLED.format(python=sys.executable, old=old, new=new, bwrap=bwrap, environment=environment or {})
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    (folder / "prlimit").symlink_to(shutil.which("prlimit") or "")
    return str(folder)


def test_the_sandbox_of_this_machine_holds() -> None:
    level = self_test()
    assert (level.works, level.reason.startswith("Commands run in a box of bubblewrap")) == (True, True), level.reason


TEMPORARY = tempfile.gettempdir()
HOLES = [
    (["--chdir"], ["--bind", TEMPORARY, TEMPORARY, "--chdir"], "it can read files outside of its folders"),
    (["--unshare-net"], [], "it can reach the network of this machine"),
    (["--proc", "/proc"], ["--ro-bind", "/proc", "/proc"], "it can see other processes"),
    (["--remount-ro", "/"], [], "it can write to /:"),
    (["--remount-ro", "/dev"], [], "it can write to /dev:"),
    (["--cap-drop", "ALL"], ["--cap-add", "ALL"], "it keeps capabilities"),
]


@pytest.mark.parametrize(("old", "new", "leak"), HOLES, ids=[hole[2] for hole in HOLES])
def test_a_missing_wall_is_named(tmp_path: Path, old: list[str], new: list[str], leak: str) -> None:
    level = self_test("on", holed(tmp_path, old, new))
    assert not level.works
    assert level.reason.startswith(f"The sandbox does not hold, {leak}")


def test_an_environment_that_bubblewrap_was_given_is_seen(tmp_path: Path) -> None:
    level = self_test("on", holed(tmp_path, [], [], {"DESK_SECRET": "hunter2"}))
    assert level.reason.startswith("The sandbox does not hold, it can read the environment outside (DESK_SECRET)")


def test_a_kernel_that_a_box_of_root_could_steer_is_seen(tmp_path: Path) -> None:
    level = self_test("on", holed(tmp_path, ["--remount-ro", "/proc"], []))
    assert level.works is (os.geteuid() != 0)
    assert level.works or "it can write to /proc/sys/kernel/core_pattern" in level.reason


def test_without_bubblewrap_the_level_says_what_to_do(tmp_path: Path) -> None:
    level = self_test("on", str(tmp_path))
    assert not level.works
    assert level.reason.count(".") == 1
    assert "install bubblewrap, or set MAGNUS_SANDBOX=off" in level.reason


def test_switched_off_it_is_no_sandbox_for_who_is_asked() -> None:
    level = self_test("off")
    assert (level.works, level.reason) == (False, OFF_WARNING)
    assert open_sandbox("off").warnings == [OFF_WARNING]


def test_switched_off_and_unattended_is_refused() -> None:
    with pytest.raises(BadInput, match="MAGNUS_SANDBOX=off is for a person"):
        open_sandbox("off", is_attended=False)


def test_an_opened_sandbox_is_one_that_holds() -> None:
    assert open_sandbox().mode == "on"
