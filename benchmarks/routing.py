"""The router: how long a decision takes in a warm process, what loading costs, and where sentences go."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.timing import Ratio, seconds
from tools.routing.classifier import MODEL
from tools.routing.router import route

SENTENCES = Path(__file__).parents[1] / "tests" / "held_out" / "routes.jsonl"
"""Written by somebody who saw no other sentence of ours, before the classifier was trained; nobody tunes on them."""
ROUNDS = 5
MEDIAN_MS, SLOWEST_MS, LOADING_S, INSTALL_MB = 2.0, 10.0, 0.3, 10.0
LOADING = """
import numpy
from time import perf_counter
began = perf_counter()
from tools.routing.router import route
route("IV rank of AMD")
print(perf_counter() - began)
"""


def run() -> list[Ratio]:
    """Measure, print the confusion of the held-out sentences, and hold the times against their bounds."""
    cases = [json.loads(line) for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    prompts = [case["prompt"] for case in cases]
    taken = decision_ms(prompts)
    lines = [
        Ratio(f"route, median of {median(taken):.2f} ms", median(taken) / MEDIAN_MS, 1),
        Ratio(f"route, 99th percentile of {percentile(taken, 0.99):.2f} ms", percentile(taken, 0.99) / SLOWEST_MS, 1),
        Ratio(f"loading the router, {(loading := median(load_seconds())):.2f} s", loading / LOADING_S, 1),
        Ratio(f"files of the router, {(size := install_mb()):.1f} MB", size / INSTALL_MB, 1),
    ]
    print("router, on sentences held out")
    for line in (*confusion([case["task_type"] for case in cases], prompts), *lines):
        print(line)
    return lines


def decision_ms(prompts: Sequence[str]) -> list[float]:
    """Milliseconds of each decision, slots included, after one round to warm up."""
    rounds = [[seconds(lambda: route(prompt)) * 1e3 for prompt in prompts] for _ in range(ROUNDS + 1)]  # noqa: B023
    return [taken for one in rounds[1:] for taken in one]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies."""
    return sorted(values)[int(share * (len(values) - 1))]


def load_seconds() -> Iterator[float]:
    """What a new process pays until its first decision, NumPy aside, which a scan loads anyway."""
    for _ in range(ROUNDS):
        said = subprocess.run([sys.executable, "-c", LOADING], check=True, capture_output=True, text=True)
        yield float(said.stdout)


def install_mb() -> float:
    """The size of everything beside the router's code."""
    return sum(path.stat().st_size for path in MODEL.parent.iterdir() if path.is_file()) / 1e6


def confusion(types: Sequence[str], prompts: Sequence[str]) -> Iterator[str]:
    """What each task type was taken for, and how many were decided."""
    routes = [route(prompt) for prompt in prompts]
    taken = Counter((is_, found["task_type"]) for is_, found in zip(types, routes, strict=True))
    for is_ in sorted(set(types)):
        others = [f"{count} {name}" for (of, name), count in sorted(taken.items()) if of == is_ and name != is_]
        yield f"  {is_}: {taken[is_, is_]} of {types.count(is_)}{'; ' if others else ''}{', '.join(others)}"
    decided = [found["task_type"] == is_ for is_, found in zip(types, routes, strict=True) if found["decided"]]
    yield f"  decided {len(decided)} of {len(types)}, of which {sum(decided)} right"
