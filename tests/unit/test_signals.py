"""A step that outlasts the grace is abandoned: by itself cleanly, and beside others with the whole process."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

STEP_S = 20
GRACE_S = 1
PROGRAM = """
import os, sys, time
from langgraph.graph import START, StateGraph
from langgraph.runtime import RunControl
from apps.cli.signals import draining

def walk(state):
    os.write(1, b"begun\\n")
    time.sleep({step_s})

wiring = StateGraph(dict)
for number in range({branches}):
    wiring.add_node(str(number), walk)
    wiring.add_edge(START, str(number))
control = RunControl()
try:
    with draining(control, "gone without closing", 4, grace_s={grace_s}):
        list(wiring.compile().stream({{}}, control=control))
except KeyboardInterrupt:
    print("closed", flush=True)
    sys.exit(4)
"""


@pytest.mark.parametrize(("branches", "said"), [(1, "closed"), (2, "gone without closing")])
@pytest.mark.parametrize("signals", [1, 2])
def test_a_step_longer_than_the_grace_is_abandoned(branches: int, said: str, signals: int) -> None:
    program = PROGRAM.format(step_s=STEP_S, branches=branches, grace_s=GRACE_S if signals == 1 else STEP_S)
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == "begun\n"
        for _ in range(signals):
            child.send_signal(signal.SIGTERM)
            time.sleep(0.3)
        assert said in child.stdout.read()
    assert child.returncode == 4
