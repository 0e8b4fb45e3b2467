"""One command in the box of a workspace, against the same command called bare."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.timing import Ratio, side_by_side
from tools.code.interpreters import python_folders
from tools.code.sandbox import Sandbox

RUNS = 40
ALLOWED_MS = 20
COMMAND = "/bin/true"


def run() -> Iterator[Ratio]:
    """What a box adds to a command, as a share of the 20 ms it may add."""
    with TemporaryDirectory(prefix="magnus-bench-") as folder:
        workspace = Path(folder)
        (workspace / ".git").mkdir()
        sandbox, python = Sandbox(), python_folders()
        boxed, bare = side_by_side(
            RUNS,
            lambda: sandbox.run([COMMAND], cwd=workspace, writable=[workspace], read_only=python),
            lambda: subprocess.run([COMMAND], cwd=workspace, capture_output=True, check=True),
        )
    ours_ms, bare_ms = median(boxed) * 1000, median(bare) * 1000
    added_ms = median(our - their for our, their in zip(boxed, bare, strict=True)) * 1000
    print(
        f"one command, medians of {RUNS}: in the box {ours_ms:.1f} ms, bare {bare_ms:.1f} ms, added {added_ms:.1f} ms"
    )
    line = Ratio(f"what the box adds / {ALLOWED_MS} ms", added_ms / ALLOWED_MS, 1)
    print(line)
    yield line
