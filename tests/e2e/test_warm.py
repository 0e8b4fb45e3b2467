"""The commands of our tests begin warm; here they are held against one that Python started from nothing."""

import os
import signal
from pathlib import Path

import pytest
from command import COMMAND, Magnus, Warm


@pytest.mark.parametrize("words", [("cycle",), ("scan", "--symbols", "ZZZZ"), ("show", "nobody")])
def test_a_warm_command_says_what_a_cold_one_says(magnus: Magnus, words: tuple[str, ...]) -> None:
    warm = magnus(*words)
    magnus.is_cold = True
    cold = magnus(*words)
    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)
    assert warm.stdout + warm.stderr


def test_each_has_a_folder_and_an_environment_of_its_own(magnus: Magnus, tmp_path: Path) -> None:
    off = {"MAGNUS_SANDBOX": "off"}
    assert ["=off" in magnus("health", env=env).stdout for env in (off, {}, off)] == [True, False, True]
    (tmp_path / "here").mkdir()
    magnus.folder = tmp_path / "here"
    assert magnus("db", "backup", "all.dump").returncode == 0
    assert (tmp_path / "here" / "all.dump").is_file()


def test_one_that_is_killed_ends_by_that_signal(magnus: Magnus) -> None:
    typed, ours = os.pipe()
    said = os.open(os.devnull, os.O_WRONLY)
    with Warm([str(COMMAND), "chat"], magnus.folder, magnus.environment, (typed, said, said)) as process:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == -signal.SIGTERM
    for file in (typed, ours, said):
        os.close(file)
