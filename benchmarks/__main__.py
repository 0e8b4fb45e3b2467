"""`make bench`: how fast Magnus is, as ratios against a peer measured in the same run."""

from benchmarks import (
    database_start,
    durability,
    gate_suite,
    gates,
    option_maths,
    orchestration,
    routing,
    sandbox,
    scan,
    warm_ask,
)

BENCHES = (warm_ask, database_start, durability, orchestration, routing, sandbox, gates, gate_suite, scan, option_maths)


def main() -> None:
    """Run every bench; a ratio over its bound is said, and the exit code is 1."""
    missed = [line for bench in BENCHES for line in bench.run() if line.is_missed]
    for line in missed:
        print(f"over its bound: {line.name}")
    raise SystemExit(bool(missed))


main()
