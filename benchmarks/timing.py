"""Times commands side by side: A B A B …, medians, and the ratio pair by pair."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

RUNS = 7


@dataclass(frozen=True)
class Ratio:
    """One line of the report: `ratio` is ours divided by the peer's, and at most `bound`."""

    name: str
    ratio: float
    bound: float

    @property
    def is_missed(self) -> bool:
        return self.ratio > self.bound

    def __str__(self) -> str:
        return f"  {self.name}: {self.ratio:.2f} times (bound {self.bound:g})"


def seconds(action: Callable[[], object]) -> float:
    """How long one call takes on the wall."""
    began = perf_counter()
    action()
    return perf_counter() - began


def side_by_side(runs: int, *actions: Callable[[], object]) -> list[list[float]]:
    """Seconds of each action over `runs` rounds after one round to warm up, the actions in turn."""
    rounds = [[seconds(action) for action in actions] for _ in range(runs + 1)][1:]
    return [list(column) for column in zip(*rounds, strict=True)]


def ratio(ours: Sequence[float], peers: Sequence[float]) -> float:
    """The median of the ratios, round by round."""
    return median(our / peer for our, peer in zip(ours, peers, strict=True))


def command(words: Sequence[str], environment: Mapping[str, str]) -> Callable[[], object]:
    """A process to time; one that fails ends the bench."""

    def run() -> None:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        subprocess.run(
            words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**kept, **environment}
        )

    return run
