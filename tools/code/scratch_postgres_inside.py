"""Runs inside the box: makes a database, fills it, asks it, and prints as JSON what came of it.

It is started by its path with the bare interpreter, so it knows the standard library only. All it makes lies in one
folder of the box and ends with it.
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Done = subprocess.CompletedProcess[str]

START_LIMIT_S = 30
GRACE_S = 1
MOST_RUNS = 4
ENOUGH_S = 1.0
"""A statement runs once to warm up and then up to three times, unless that would take long."""
LONGEST_ERROR = 2000
LONGEST_OUTPUT = 200_000
PORT = "5432"

INITDB = (
    "--username=postgres", "--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8", "--locale=C",
    "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--set=dynamic_shared_memory_type=mmap",
)  # fmt: skip
SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "client_connection_check_interval": "100ms",
    "io_method": "sync",
    "timezone": "UTC",
}
"""Nothing here survives, so nothing is made durable; what a planner looks at stays as PostgreSQL ships it."""

STAND_INS = {
    "uuid-ossp": "CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';",
}
"""What the extensions that are not here can do without being here."""
COMPLAINT = re.compile(r"(?:psql:.*?:(\d+): )?(?:ERROR|FATAL): +(.*)", re.DOTALL)
TABLES = (
    "SELECT coalesce(json_object_agg(name, rows), '{}') FROM (SELECT c.oid::regclass::text AS name,"
    " greatest(c.reltuples, 0)::bigint AS rows FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
    " ORDER BY c.reltuples DESC, 1 LIMIT 20) AS largest"
)


class Refused(Exception):
    """The database cannot be made or filled; the message says why, and `kind` whose matter that is."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Server:
    """One PostgreSQL in one folder, spoken to through psql."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self.folder = programs, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        done = _run([self._programs / "initdb", "--pgdata", self._data, *INITDB], START_LIMIT_S)
        if done.returncode:
            raise Refused("server", _last_line(done.stderr))
        stubs = {"extension_control_path": f"$system:{self.folder}", "unix_socket_directories": str(self.folder)}
        options = [word for name, value in {**SETTINGS, **stubs}.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *options], stdout=log, stderr=log, cwd="/"
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Refused("server", _last_line(self._log.read_text(errors="replace")))
            time.sleep(0.005)

    def stop(self) -> None:
        """End it at once; nobody needs its data any more."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def psql(self, *words: str | Path, limit_s: float = 0, timeout_s: float | None = None) -> Done:
        """One session; `limit_s` bounds each statement, `timeout_s` all of it."""
        options = f"-c statement_timeout={round(limit_s * 1000)} -c client_min_messages=warning"
        here = {"PGHOST": str(self.folder), "PGPORT": PORT, "PGUSER": "postgres", "PGDATABASE": "postgres"}
        environment = {**os.environ, **here, "PGOPTIONS": options, "PGCLIENTENCODING": "UTF8"}
        return _run([self._programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *words], timeout_s, environment)

    def add_extension(self, name: str) -> bool:
        """Put an extension there that does next to nothing; False where PostgreSQL brings one of that name."""
        ours = self._programs.parent / "share" / "postgresql" / "extension" / f"{name}.control"
        if ours.exists():
            return False
        place = self.folder / "extension"
        place.mkdir(exist_ok=True)
        place.joinpath(f"{name}.control").write_text("default_version = '1.0'\nrelocatable = true\n")
        place.joinpath(f"{name}--1.0.sql").write_text(STAND_INS.get(name, ""))
        return True

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _is_ready(self) -> bool:
        """The eighth line of this file is the server's state."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"


def load(server: Server, job: Json) -> list[str]:
    """Run the files, each a name and a path, and count what came of them; returns what a reader has to know."""
    notes = [
        f"The extension {name} is not in this Postgres and an empty one stands in for it."
        for name in job["extensions"]
        if server.add_extension(name)
    ]
    for role in job["roles"]:
        server.psql("-c", f"CREATE ROLE {role}")
    limit_s = job["load_limit_s"]
    deadline = time.monotonic() + limit_s
    for name, path in job["files"]:
        try:
            done = server.psql("-f", path, timeout_s=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired as error:
            raise Refused("input", f"{name} does not load: schema and seed took longer than {limit_s:g} s") from error
        if done.returncode:
            line, said = _complaint(done.stderr)
            raise Refused("input", f"{name} does not load: {f'line {line}: ' if line else ''}{said}")
    server.psql("-c", "VACUUM ANALYZE", timeout_s=limit_s)
    return notes


def plan(server: Server, statement: str, limit_s: float) -> Json:
    """How the server answers one statement: its plan with what really happened, from the median of warm runs."""

    def once() -> tuple[float, Json]:
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        told = ("-c", "\\set QUIET off", "-c", explain, "-c", "\\set QUIET on")
        found, _, rest = _asked(server, limit_s, *told).partition("\n]")
        if rest.strip():
            raise Refused("statement", "this is more than one statement, and one is explained at a time")
        plan: Json = json.loads(f"{found}\n]")[0]
        return (plan["Execution Time"] + plan["Planning Time"]) / 1000, plan

    return _repeated(once)


def timed(server: Server, statement: str, limit_s: float) -> Json:
    """How long the server takes for one statement, its rows fetched and thrown away."""

    def once() -> tuple[float, Json]:
        quiet = ("-c", "\\o /dev/null", "-c", "\\timing on")
        said = _asked(server, limit_s, *quiet, "-c", statement, "-c", "\\timing off")
        return float(re.findall(r"Time: ([\d.]+) ms", said)[-1]) / 1000, {}

    return _repeated(once)


def script(server: Server, statement: str, limit_s: float) -> Json:
    """What psql prints for one or more statements, up to the first that fails."""
    path = server.folder / "script.sql"
    path.write_text(statement, encoding="utf-8")
    began = time.monotonic()
    done = server.psql("-f", path, "-P", "pager=off", limit_s=limit_s, timeout_s=limit_s + GRACE_S)
    failed = _failed(_refusal(done.stderr, limit_s)) if done.returncode else {"seconds": time.monotonic() - began}
    return {"output": done.stdout[:LONGEST_OUTPUT], **failed}


KINDS = {"plan": plan, "timed": timed, "script": script}


def _asked(server: Server, limit_s: float, *words: str) -> str:
    """What psql prints for one statement whose changes are taken back."""
    words = ("-A", "-t", "-c", "BEGIN", *words, "-c", "ROLLBACK")
    done = server.psql(*words, limit_s=limit_s, timeout_s=limit_s + GRACE_S)
    if done.returncode:
        raise _refusal(done.stderr, limit_s)
    return done.stdout


def _repeated(once: Any) -> Json:
    """The run in the middle, the first left out as the one that warmed everything up."""
    runs = [once()]
    began = time.monotonic()
    while len(runs) < MOST_RUNS and runs[0][0] + time.monotonic() - began < ENOUGH_S:
        runs.append(once())
    kept = runs[1:] or runs
    middle = statistics.median_low(seconds for seconds, _ in kept)
    return {"seconds": middle, "runs": len(kept), "plan": next(plan for seconds, plan in kept if seconds == middle)}


def answer(server: Server, kind: str, statement: str, limit_s: float) -> Json:
    """One answer; a statement that fails is an answer too."""
    try:
        return KINDS[kind](server, statement, limit_s)
    except subprocess.TimeoutExpired:
        return _failed(_late(limit_s))
    except Refused as error:
        return _failed(error)


def _failed(error: Refused) -> Json:
    return {"error": str(error), "is_late": error.kind == "late"}


def work(job: Json) -> Json:
    """All of it: up, filled, asked, down."""
    server = Server(Path(job["programs"]), Path(job["folder"]))
    began = time.monotonic()
    try:
        server.start()
        ready = time.monotonic()
        notes = load(server, job)
        loaded = time.monotonic()
        answers = [answer(server, job["kind"], statement, job["limit_s"]) for statement in job["statements"]]
        tables = json.loads(server.psql("-A", "-t", "-c", TABLES).stdout.strip() or "{}")
    except Refused as error:
        return {"refused": error.kind, "why": str(error)}
    finally:
        server.stop()
    spent = {"start_s": round(ready - began, 3), "load_s": round(loaded - ready, 3)}
    return {"answers": answers, "notes": notes, "tables": tables, **spent}


def _run(words: list[Any], timeout_s: float | None, environment: dict[str, str] | None = None) -> Done:
    return subprocess.run(
        [str(word) for word in words], env=environment, timeout=timeout_s, stdin=subprocess.DEVNULL,
        capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip


def _complaint(said: str) -> tuple[str, str]:
    """The line and the words of the first error, without the name of the file."""
    first = re.split(r"\n(?=psql:)", said.strip()[:LONGEST_ERROR])
    found = next((match for one in first if (match := COMPLAINT.search(one))), None)
    return (found[1] or "", found[2].strip()) if found else ("", _last_line(said))


def _refusal(said: str, limit_s: float) -> Refused:
    """What PostgreSQL has against a statement."""
    _, words = _complaint(said)
    return _late(limit_s) if "due to statement timeout" in words else Refused("statement", words)


def _late(limit_s: float) -> Refused:
    return Refused("late", f"the statement was stopped, it took longer than {limit_s:g} s")


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1][:300] if lines else "it gave no reason"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(work(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
