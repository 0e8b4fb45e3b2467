"""SIGKILL at any moment after acceptance: the thread goes on and ends with the same answer."""

import json
import random
import time

import pytest
from command import Magnus

PROMPT = "Find me high-premium opportunities under $30"
SEED = 20261121
MOMENTS = [random.Random(SEED + number).uniform(0.0, 0.6) for number in range(10)]


@pytest.mark.parametrize("moment_s", MOMENTS[:3])
def test_a_killed_run_is_completed_with_the_same_answer(magnus: Magnus, moment_s: float) -> None:
    kill_and_resume(magnus, moment_s)


@pytest.mark.chaos
@pytest.mark.parametrize("moment_s", MOMENTS[3:])
def test_a_killed_run_is_completed_with_the_same_answer_at_more_moments(magnus: Magnus, moment_s: float) -> None:
    kill_and_resume(magnus, moment_s)


def kill_and_resume(magnus: Magnus, moment_s: float) -> None:
    undisturbed = json.loads(magnus("ask", PROMPT, "--json").stdout)
    process = magnus.start("ask", PROMPT, "--json")
    thread = process.stderr.readline().split()[1]
    time.sleep(moment_s)
    process.kill()
    process.communicate()
    resumed = magnus("resume", thread, "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["result"] == undisturbed["result"]
    shown = json.loads(magnus("show", thread, "--json").stdout)
    assert [run["status"] for run in shown["runs"]] == ["done"]
    assert shown["steps"][-1]["next"] == []
