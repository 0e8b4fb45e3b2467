"""What the database says about the system: itself, the work that is open, what failed, and how old its data is."""

from datetime import datetime, timedelta

from checkpoints.database import Database
from checkpoints.health import chain_moments, count_runs, count_threads, database_facts, open_runs
from checkpoints.past import Wanted, count_endings, list_requests
from tools.condition import Condition, Json, counted, length, part, size

SOURCE = "database"
SLOW_MS = 250
MOST_OPEN = 20
MOST_FAILURES = 10
RECENT = timedelta(days=1)
NEW = timedelta(days=4)
"""A feed may rest over a long weekend; after that its newest data is old."""
FAILED = ("failure", "failed", "partial")
IN_WORDS = {"waiting": "waiting for you", "starting": "just accepted", "stopped": "stopped", "parked": "parked"}
NEEDED = {
    "parked": "magnus resume {} --again",
    "stopped": "magnus resume {}",
    "waiting": 'magnus resume {} "ANSWER"',
}
"""How a person goes on with an open thread."""


def stored_parts(database: Database, now: datetime, besides: str | None) -> list[Json]:
    """Database, work, failures and feeds; the request `besides` is not counted. Raises Outage where it is gone."""
    return [
        database_part(database, now),
        work_part(database, now, besides),
        failures_part(database, now, besides),
        feeds_part(database, now),
    ]


def unknown_parts(why: str, now: datetime) -> list[Json]:
    """The same parts where the database does not answer."""
    blind = "Not known while the database does not answer."
    others = [part(name, "unknown", blind, SOURCE, now) for name in ("work", "failures", "feeds")]
    return [part("database", "wrong", why, SOURCE, now), *others]


def database_part(database: Database, now: datetime) -> Json:
    """Version, size and how quickly it answers."""
    facts = database_facts(database)
    kind = "your own server" if database.settings.database_url else "embedded"
    condition: Condition = "note" if facts.latency_ms > SLOW_MS else "ok"
    sentence = (
        f"PostgreSQL {facts.version}, {kind}, schema {facts.schema}, {size(facts.size_bytes)}; "
        f"it answers in {facts.latency_ms:.1f} ms{', which is slow' if condition == 'note' else ''}."
    )
    figures = {"version": facts.version, "schema": facts.schema, "embedded": kind == "embedded"}
    measured = {"size_bytes": facts.size_bytes, "latency_ms": facts.latency_ms}
    return part("database", condition, sentence, SOURCE, now, **figures, **measured)


def work_part(database: Database, now: datetime, besides: str | None) -> Json:
    """Threads by state, requests by status, and what is open, with the command that goes on with it."""
    threads, runs = count_threads(database, besides), count_runs(database)
    rows = [_open(row) for row in open_runs(database, besides, MOST_OPEN)]
    condition: Condition = "wrong" if threads.get("parked") else "ok"
    if condition == "ok" and (threads.get("stopped") or threads.get("waiting")):
        condition = "note"
    return part("work", condition, _work(threads), SOURCE, now, threads=threads, runs=runs, open=rows)


def _work(threads: dict[str, int]) -> str:
    going = [f"{threads[state]:,} {said}" for state, said in IN_WORDS.items() if threads.get(state)]
    running = f"{threads['running']:,} running" if threads.get("running") else "nothing is running"
    total = counted(sum(threads.values()), "thread")
    return f"{total}: {', '.join([running, *going])}." if threads else "No thread yet."


def _open(row: Json) -> Json:
    command = NEEDED.get(row["state"])
    return {
        "thread_id": row["thread_id"],
        "request_id": str(row["request_id"]),
        "state": row["state"],
        "wish": row["wish"],
        "accepted_at": row["accepted_at"].isoformat(),
        "attempts": row["attempts"],
        "error": row["error"] or ("It killed its worker five times." if row["state"] == "parked" else None),
        "owner": row["owner"] if row["state"] == "running" else None,
        "next_step": command and command.format(row["thread_id"]),
    }


def failures_part(database: Database, now: datetime, besides: str | None) -> Json:
    """What failed in the last day; a request that was refused because of its input is not a failure of ours."""
    wanted = Wanted(since=now - RECENT, besides=besides)
    endings = count_endings(database, wanted)
    failed = sum(endings.get(ending, 0) for ending in FAILED)
    rows = list_requests(database, wanted, MOST_FAILURES, FAILED) if failed else []
    done = sum(endings.values())
    sentence = (
        f"{failed:,} of {counted(done, 'request')} failed in the last day." if done else "No request in the last day."
    )
    latest = [told_request(row) for row in rows]
    figures = {"since": (now - RECENT).isoformat(), "endings": endings, "latest": latest}
    return part("failures", "note" if failed else "ok", sentence, SOURCE, now, failed=failed, **figures)


def told_request(row: Json) -> Json:
    """A request of the past as plain data: its id as text, its time as iso8601."""
    return {**row, "request_id": str(row["request_id"]), "at": row["at"].isoformat()}


def feeds_part(database: Database, now: datetime) -> Json:
    """How old the newest recorded chain is, and each symbol's; an old feed is a note, since the person fills it."""
    newest = chain_moments(database)
    if not newest:
        sentence = "No chain is recorded yet: `magnus import chain FILE --symbol SYM` does it."
        return part("feeds", "note", sentence, "chains", now, feeds=[])
    moments = list(newest.values())
    sentence = (
        f"Recorded chains of {counted(len(newest), 'symbol')}: the newest is {length(_age_s(moments[-1], now))} old, "
        f"the oldest {length(_age_s(moments[0], now))}."
    )
    feed = {"name": "stored chains", "as_of": moments[-1].isoformat(), "age_s": _age_s(moments[-1], now)}
    symbols = [_symbol(name, at, now) for name, at in newest.items()]
    is_old = now - moments[-1] > NEW
    return part("feeds", "note" if is_old else "ok", sentence, "chains", now, feeds=[{**feed, "symbols": symbols}])


def _symbol(name: str, moment: datetime, now: datetime) -> Json:
    return {"symbol": name, "as_of": moment.isoformat(), "age_s": _age_s(moment, now)}


def _age_s(moment: datetime, now: datetime) -> float:
    return (now - moment).total_seconds()
