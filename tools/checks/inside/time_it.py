"""Runs in the box: one command, and how long it took and how much memory its largest process filled.

It stands alone. The clock starts when the box is up, and the report is written once nothing of the command runs.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    """Do the job of the first argument; ends as the command did."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    began = time.perf_counter()
    code = subprocess.run(["sh", "-c", job["line"]], check=False).returncode
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {"seconds": seconds, "memory_mb": used.ru_maxrss / 1024, "cpu_seconds": used.ru_utime + used.ru_stime}
    Path(job["out"]).write_text(json.dumps(told), encoding="utf-8")
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
