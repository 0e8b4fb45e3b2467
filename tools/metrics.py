"""How well Magnus does: the figures of the database as rates, and what was wanted of them beside what they are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from checkpoints.database import Database
from checkpoints.metrics import Figures, figures
from graph.errors import BadInput
from tools.changes import told_delivery
from tools.past import period_in

Json = dict[str, Any]
SPAN = re.compile(r"[1-9]\d{0,3} ?(?:h|hours?|d|days?|w|weeks?)")
DAY = re.compile(r"20\d\d-\d\d-\d\d")
NAMED = ("today", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FAILED = ("failure", "failed", "parked")
COUNTED = ("runs", "calls", "unsettled_calls", "input_tokens", "output_tokens", "spent_usd", "reserved_usd")
LEFT = ("handoffs", "unfinished", "unproven")
BUG_S = 3600.0


def since_in(said: str, now: datetime) -> datetime:
    """The moment that `--since` means: `24h`, `7d`, `2w`, a day, `yesterday`, `monday`; raises BadInput for others."""
    low = said.strip().lower()
    if SPAN.fullmatch(low):
        low = re.sub(r"w\w*", " weeks", low)
        meant = period_in(f"last {low}", now)
    else:
        meant = period_in(f"since {low}", now) if DAY.fullmatch(low) or low in NAMED else None
    if meant is None:
        raise BadInput(f"--since {said} is no time: say 24h, 7d, 2w, a day such as 2026-11-02, yesterday or monday.")
    if meant.since > now:
        raise BadInput(f"--since {said} lies in the future.")
    return meant.since


def metrics(database: Database, now: datetime, since: datetime | None = None) -> Json:
    """Everything that is counted, since then or so far, as plain data; what nothing is known of is None."""
    seen = figures(database, since)
    requests, delivered = _requests(seen), _deliveries(seen)
    return {
        "source": "database",
        "as_of": now.isoformat(),
        "since": since.isoformat() if since else None,
        "requests": requests,
        "routing": {"decided_by": seen.routed, "taught": seen.taught},
        "ratings": seen.rated,
        "models": {**_spent(_total(seen.by_agent)), "by_model": [_of_model(row) for row in seen.by_model]},
        "agents": _agents(seen),
        "gates": _gates(seen),
        "accepted_findings": seen.accepted,
        "deliveries": delivered,
        "survival": seen.survived,
        "wanted": _wanted(seen, requests, delivered),
    }


def _requests(seen: Figures) -> Json:
    """How requests ended, all together and by task type; their time is from accepted to answered."""
    times = {row["task_type"]: row for row in seen.times}
    ended = _ended(seen.endings)
    kinds = sorted({row["task_type"] for row in seen.endings})
    by_type = [
        {"task_type": kind or None, **_how(_ended(seen.endings, kind)), **_spread(times.get(kind) if kind else None)}
        for kind in kinds
    ]
    by_type.sort(key=lambda row: (-row["count"], row["task_type"] or ""))
    return {**_how(ended), **_spread(times.get(None)), "by_type": by_type}


def _ended(rows: Iterable[Json], kind: str | None = None) -> dict[str, int]:
    ended: dict[str, int] = {}
    for row in rows:
        if kind is None or row["task_type"] == kind:
            ended[row["ended"]] = ended.get(row["ended"], 0) + row["number"]
    return ended


def _how(ended: Mapping[str, int]) -> Json:
    """Counts by ending; a request refused for its input, taken back or still open is neither done nor failed."""
    done, failed = ended.get("success", 0), sum(ended.get(name, 0) for name in FAILED)
    partial = ended.get("partial", 0)
    rate = _share(done, done + failed + partial)
    return {"count": sum(ended.values()), "endings": dict(ended), "success_rate": rate}


def _spread(row: Json | None) -> Json:
    return {"median_s": row and row["median_s"], "p95_s": row and row["p95_s"]}


def _total(rows: Sequence[Json]) -> Json:
    """The row over all agents; the database gives one even where there is nothing."""
    return next(row for row in rows if row["name"] is None)


def _spent(row: Json) -> Json:
    return {name: row[name] for name in COUNTED} | _spread(row)


def _of_model(row: Json) -> Json:
    return {"model": row["name"], **_spent(row)}


def _agents(seen: Figures) -> list[Json]:
    """Each agent and the router: how often it began, what it left behind, and what it cost, the dearest first."""
    spent = {row["name"]: _spent(row) for row in seen.by_agent if row["name"] is not None}
    left = {row["name"]: {name: row[name] for name in LEFT} for row in seen.handed}
    found = [
        {"agent": name, **dict.fromkeys((*COUNTED, *LEFT), 0), **spent.get(name, {}), **left.get(name, {})}
        for name in spent.keys() | left.keys()
    ]
    return sorted(found, key=lambda row: (-row["spent_usd"], row["agent"]))


def _gates(seen: Figures) -> list[Json]:
    """Each gate: how often it looked, how that ended, and how many tries a request took until it passed."""
    tries = {row["gate"]: row for row in seen.tries}
    return [
        {
            **row,
            "pass_rate": _share(row["passed"], row["passed"] + row["failed"] + row["waiting"]),
            "tries_until_passed": tries[row["gate"]]["mean"] if row["gate"] in tries else None,
            "most_tries": tries[row["gate"]]["most"] if row["gate"] in tries else None,
        }
        for row in seen.gates
    ]


def _deliveries(seen: Figures) -> Json:
    return {
        "count": sum(row["number"] for row in seen.delivered),
        "by_mode": {row["mode"]: row["number"] for row in seen.delivered},
        "approved": sum(row["approved"] for row in seen.delivered),
        "emergencies": sum(row["emergencies"] for row in seen.delivered),
        "latest": [told_delivery(row) for row in seen.newest],
        "latest_emergencies": [told_delivery(row) for row in seen.emergencies],
    }


def _wanted(seen: Figures, requests: Json, delivered: Json) -> list[Json]:
    """What the plan promised of the whole system, where the record can tell."""
    sent, red = delivered["count"], sum(row["with_red_tests"] for row in seen.delivered)
    fixes = next((row["mean_success_s"] for row in seen.times if row["task_type"] == "fix_bug"), None)
    fixed = _ended(seen.endings, "fix_bug").get("success", 0)
    carried_out, corrected = sum(seen.routed.values()), seen.taught.get("corrected", 0)
    meant = _share(max(0, carried_out - corrected), carried_out)
    over = sum(requests["endings"].get(name, 0) for name in ("success", "partial", *FAILED))
    return [
        _goal("tests passed before delivery", "share", _share(sent - red, sent), 1.0, sent),
        _goal("lowest review score delivered", "points", seen.scores["lowest"], 90.0, seen.scores["number"]),
        _goal("time to fix a bug, mean", "seconds", fixes, BUG_S, fixed),
        _goal("requests routed as meant", "share", meant, 0.95, carried_out),
        _goal("requests done", "share", requests["success_rate"], 0.98, over),
    ]


def _goal(name: str, unit: str, figure: float | None, wanted: float, of: int) -> Json:
    """A figure over `of` cases beside what is wanted, at most so many seconds or at least so much of the rest."""
    holds = None if figure is None else figure <= wanted if unit == "seconds" else figure >= wanted
    return {"name": name, "unit": unit, "figure": figure, "wanted": wanted, "holds": holds, "of": of}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
