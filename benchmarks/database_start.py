"""A cold start of the embedded Postgres, against `initdb` and `pg_ctl start` called bare."""

import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.timing import Ratio, ratio, side_by_side
from checkpoints.binaries import binary, runner
from checkpoints.engine import database_url, stop
from graph.settings import Settings

RUNS = 3


def run() -> Iterator[Ratio]:
    """The ratio of our first start to the two programs alone, each in a fresh folder."""
    with TemporaryDirectory(prefix="magnus-bench-") as folder:
        numbers = count()
        ours, bare = side_by_side(
            RUNS,
            lambda: _ours(Path(folder, f"ours-{next(numbers)}")),
            lambda: _bare(Path(folder, f"bare-{next(numbers)}")),
        )
        for number in range(next(numbers)):
            stop(Settings(data_dir=Path(folder, f"ours-{number}")))
            _stop_bare(Path(folder, f"bare-{number}"))
    print(f"cold start, medians of {RUNS}: ours {median(ours):.2f} s, initdb and pg_ctl alone {median(bare):.2f} s")
    line = Ratio("first start of the database / initdb + pg_ctl start", ratio(ours, bare), 3)
    print(line)
    yield line


def _ours(folder: Path) -> None:
    database_url(Settings(data_dir=folder))


def _bare(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    data, options = folder / "data", f"-c listen_addresses='' -c unix_socket_directories={folder}"
    _call(folder, "initdb", "--pgdata", str(data), "--auth=trust", "--encoding=UTF8", "--locale=C")
    log = str(folder / "log")
    _call(folder, "pg_ctl", "start", "--wait", "--silent", "--pgdata", str(data), "--log", log, "--options", options)


def _stop_bare(folder: Path) -> None:
    if (folder / "data").exists():
        _call(folder, "pg_ctl", "stop", "--mode=immediate", "--silent", "--pgdata", str(folder / "data"))


def _call(folder: Path, program: str, *arguments: str) -> None:
    words = [*runner(folder).prefix, str(binary(program)), *arguments]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
