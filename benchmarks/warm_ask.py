"""A warm `magnus "…"` from process start to the last line, against importing LangGraph alone."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.timing import RUNS, Ratio, command, ratio, side_by_side
from checkpoints.engine import stop
from graph.settings import Settings

PROMPT = "Find me high-premium opportunities under $30"
MAGNUS = str(Path(sys.executable).with_name("magnus"))
PARTS = """
import time; began = time.perf_counter()
def part(name):
    global began; now = time.perf_counter(); print(f"    {name:<36} {now - began:5.2f} s"); began = now
import langgraph.graph; part("import langgraph.graph")
import graph.master; part("import the rest of Magnus")
from graph.master import open_graph
with open_graph() as magnus:
    part("open the database, build the graph")
    magnus.invoke({"request": {"prompt": PROMPT, "request_id": str(__import__("uuid").uuid4())}},
                  {"configurable": {"thread_id": str(__import__("uuid").uuid4())}})
    part("the request, step by step")
part("close")
"""


def run() -> Iterator[Ratio]:
    """The ratios of a request and of `--help`, and where the time of a request goes."""
    with TemporaryDirectory(prefix="magnus-bench-") as folder:
        environment = {"MAGNUS_DATA_DIR": folder}
        yield from _ratios(environment)
        print("  where the time of a request goes:", flush=True)
        subprocess.run(
            [sys.executable, "-c", f"PROMPT = {PROMPT!r}{PARTS}"], check=True, env={**environment, "HOME": folder}
        )
        stop(Settings(data_dir=Path(folder)))


def _ratios(environment: dict[str, str]) -> Iterator[Ratio]:
    asked, helped, imported = side_by_side(
        RUNS,
        command([MAGNUS, PROMPT, "--data", "sample"], environment),
        command([MAGNUS, "--help"], environment),
        command([sys.executable, "-c", "import langgraph.graph"], environment),
    )
    print(
        f"warm start, medians of {RUNS}: magnus ask {median(asked):.2f} s, magnus --help {median(helped):.2f} s, ",
        end="",
    )
    print(f"import langgraph.graph {median(imported):.2f} s")
    for line in (
        Ratio('magnus "…" / import langgraph.graph', ratio(asked, imported), 2.5),
        Ratio("magnus --help / import langgraph.graph", ratio(helped, imported), 0.3),
    ):
        print(line)
        yield line
