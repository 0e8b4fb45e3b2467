"""Answers a question about the system without a model: what failed, what was done, or how each part is."""

import re
from dataclasses import dataclass
from datetime import datetime

from checkpoints.deliveries import latest_deliveries
from checkpoints.past import Wanted, count_endings, list_requests, sum_usage
from tools.changes import told_delivery
from tools.condition import Json
from tools.deps import Deps
from tools.health import system_health
from tools.ledger import told_request
from tools.past import NUMBERS, Period, period_in

FAILED = ("failure", "failed", "partial", "refused", "parked")
MOST = 10
MOST_ASKED = 100
MOST_READ = 10_000

FAILURES = re.compile(
    r"\b(?:fail\w*|errors?|crash\w*|(?:went|gone|go|goes) wrong|break|broke\w*|incidents?|outages?)\b"
)
OPEN = re.compile(
    r"\b(?:parked|wait(?:s|ing)|approv\w+|stuck|hang\w*|hung|block\w*|leases?|stopped|interrupted|pending|busy|threads?|"
    r"nobody works|working on|are working|going on|needs? me|killed|(?:questions?|requests?|runs) (?:is|are) open|"
    r"(?:open|running|active) (?:tasks?|runs?|requests?|questions?)|(?:what is|what's|still) running|"
    r"agents? (?:is |are )?(?:active|running|doing))\b"
)
DONE = re.compile(
    r"\b(?:tasks?|runs|(?:last|current|my|a|any|this|that|each|the) run|requests?|executions?|jobs|activity|history|"
    r"happened|finished|done|did you do|delivered|success rate|summary)\b"
)
DELIVERED = re.compile(
    r"\b(?:what(?:'s| has| have| was| is| got| all)?(?: been)?|anything|something) (?:changed|new|different)\b|"
    r"\bwhat (?:have|has|did) (?:you|magnus|it|we) (?:been )?(?:chang|deliver|merg|do(?:ne)? for me)\w*|"
    r"\b(?:deliver(?:y|ies|ed|ing)?|merged?|reach(?:ed)? my branch|(?:recent|latest|last|newest) (?:\w+ )?changes|"
    r"changes (?:went|were|did|have))\b|'s changes\b"
)
"""Changes of code that reached their person; a message or an alert that was delivered is another thing."""
APPROVED = re.compile(r"\bapproved\b|\bdid (?:i|you|we) approve\b")
"""Approved in the past: that is told with the deliveries, and nothing waits."""
BYPASSED = re.compile(r"\b(?:bypass\w*|emergenc(?:y|ies)|past (?:a |the |any |red ){0,2}gates?)\b")
NO_CHANGE = re.compile(r"\b(?:alerts?|telegram|discord|notifications?|messages?|tasks?|requests?|runs?)\b")
FIGURES = re.compile(
    r"\b(?:metrics|stat(?:istic)?s|rates?|average|mean|median|p\d\d|percentiles?|gates?|per agent|numbers|figures|"
    r"kpis?|sla|availability|tokens?|spen[dt]|costs?)\b"
)
COST = r"tokens?|spen[dt]|costs?|usage|money|expensive"
THREAD = re.compile(
    r"\b(?:thread|run|request|task)\s+(?:number\s+|id\s+)?((?=[a-f-]*\d)[0-9a-f][0-9a-f-]+)\b|"
    r"\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+)\b"
)
HOW_MANY = re.compile(
    rf"\b(?:last|latest|newest|recent|past)\s+(\d{{1,4}}|{'|'.join(filter(None, NUMBERS))})\s+(?:\w+\s+)?"
    r"(?:tasks?|runs?|requests?|executions?|jobs?|threads?|errors?|failures?|ones|deliver(?:y|ies)|changes)\b"
)
PARTS = {
    "database": r"database|postgres|db|schema|migration|revision",
    "feeds": r"feeds?|data|quotes?|prices?|premiums?|yahoo|tradingview|chains?|stale|fresh|tickers?",
    "sandbox": r"sandbox\w*|bubblewrap|bwrap",
    "disk": r"disk|space|full|storage",
    "model": r"model|anthropic|claude|api key|llm",
}
"""The words by which a part of the system is asked for."""

ABSENT = {
    r"queues?|backlog|workers?|schedule\w*|cron\w*|nightly|jobs?": "There is no queue, worker or schedule in this "
    "version: a request runs in the command that makes it.",
    r"budget|credit|quota|rate limit\w*": "There is no budget in this version that could be used up: only what a "
    "request cost is kept.",
    r"logs?|tail|grep": "There is no log in this version: the requests and how they ended are the record.",
    r"alerts?|telegram|discord|notifications?|messages|deliver(?:y|ies)|outbox": "There are no alerts in this version, "
    "so none has been sent.",
    r"sync\w*|refresh\w*|backfill|updated": "Nothing is refreshed by itself in this version: `magnus import chain` "
    "records a chain.",
    r"web ?hooks?|dashboard|port|certificates?|uptime": "Nothing of Magnus listens or runs on by itself in this "
    "version: no web hook, no dashboard.",
    r"backups?": "Backups are made by hand: `magnus db backup FILE`.",
    r"cpu|load|memory|ram|temperature": "Load and memory of the machine are not watched.",
}
"""What is asked for and is not there, with what to say instead of keeping silent about it."""


@dataclass(frozen=True)
class Question:
    """A question in its words, and the id of the request that asks it, which is left out of the answer."""

    words: str
    request_id: str | None = None

    @property
    def low(self) -> str:
        return " ".join(self.words.lower().replace("’", "'").split())

    def has(self, pattern: str) -> bool:
        return re.search(rf"\b(?:{pattern})\b", self.low) is not None


def answer_about_system(question: Question, deps: Deps) -> Json:
    """What failed, what was done, or the state of every part with those asked for in `focus`; plain data."""
    period, thread = period_in(question.words, deps.now()), _thread(question)
    focus = [name for name, pattern in PARTS.items() if question.has(pattern)]
    is_change = not thread and not focus and _is_about_changes(question)
    if not thread and FAILURES.search(question.low):
        result = _past(question, deps, period, FAILED, "failed")
    elif is_change and (APPROVED.search(question.low) or not OPEN.search(question.low)):
        return _changes(question, deps, period)
    elif not thread and OPEN.search(question.low):
        result = _state(question, deps, ["work", *focus])
    elif thread or DONE.search(question.low) or question.has(COST) or (period and not focus):
        result = _past(question, deps, period, (), "all", thread)
    else:
        result = _state(question, deps, focus)
    return result | {"warnings": [*_unspent(question, result), *_absent(question)]}


def where_more_is(question: Question, now: datetime) -> list[str]:
    """The command that counts what was asked for, where a list of requests is only half an answer."""
    if not FIGURES.search(question.low):
        return []
    period = period_in(question.words, now)
    return [f"magnus metrics --since {period.since:%Y-%m-%d}" if period else "magnus metrics"]


def _is_about_changes(question: Question) -> bool:
    is_named = DELIVERED.search(question.low) or BYPASSED.search(question.low)
    return is_named is not None and NO_CHANGE.search(question.low) is None


def _changes(question: Question, deps: Deps, period: Period | None) -> Json:
    """What was delivered in that time, the newest first; only what went past red gates where that is asked."""
    rows, is_narrow = latest_deliveries(deps.database(), MOST_READ), BYPASSED.search(question.low) is not None
    in_time = [row for row in rows if period is None or period.since <= row["at"] < period.until]
    meant = [row for row in in_time if row["emergency"] or not is_narrow]
    about = {"source": "database", "as_of": deps.now().isoformat(), "period": _told(period) if period else None}
    told = [told_delivery(row) for row in meant[: _how_many(question)]]
    only = "emergencies" if is_narrow else "all"
    return about | {"only": only, "count": len(meant), "deliveries": told, "warnings": []}


def _absent(question: Question) -> list[str]:
    return [said for pattern, said in ABSENT.items() if question.has(pattern)]


def _unspent(question: Question, result: Json) -> list[str]:
    """An answer to what was spent where that is nothing: silence would leave the question open."""
    asked = question.has(COST) and result.get("usage", {}).get("model_calls") == 0
    return ["No model was called for these requests, so nothing was spent on one."] if asked else []


def _state(question: Question, deps: Deps, focus: list[str]) -> Json:
    return system_health(deps.database, deps.settings(), deps.now(), question.request_id) | {"focus": focus}


def _past(
    question: Question, deps: Deps, period: Period | None, endings: tuple[str, ...], only: str, thread: str = ""
) -> Json:
    wanted = Wanted(
        period.since if period else None, period.until if period else None, thread, besides=question.request_id
    )
    rows = list_requests(deps.database(), wanted, _how_many(question), endings)
    return {
        "source": "database",
        "as_of": deps.now().isoformat(),
        "only": only,
        "thread": thread or None,
        "period": _told(period) if period else None,
        "counts": count_endings(deps.database(), wanted),
        "usage": sum_usage(deps.database(), wanted),
        "tasks": [told_request(row) for row in rows],
    }


def _told(period: Period) -> Json:
    return {"since": period.since.isoformat(), "until": period.until.isoformat(), "said": period.said}


def _thread(question: Question) -> str:
    """The thread that is named, or how its id begins; empty where none is."""
    match = THREAD.search(question.low)
    return (match.group(1) or match.group(2)) if match else ""


def _how_many(question: Question) -> int:
    match = HOW_MANY.search(question.low)
    if match is None:
        return MOST
    said = match.group(1)
    return max(1, min(MOST_ASKED, int(said) if said.isdigit() else NUMBERS[said]))
