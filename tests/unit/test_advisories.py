"""Known weaknesses of new dependencies, asked of a service on loopback."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from boxes import needs_bubblewrap
from changed_project import changed_project

from tools.checks.advisories import Advisories, Unanswered, Weakness
from tools.checks.gates import run_gate
from tools.checks.stand import open_stand
from tools.checks.verdict import Verdict
from tools.code.sandbox import Sandbox

FIXES = [
    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}, {"fixed": "1.9"}, {"fixed": "3.0"}]}
]
JINJA: dict[str, Any] = {
    "id": "GHSA-462w-v97r-4m45",
    "aliases": ["CVE-2019-10906", "PYSEC-2019-217"],
    "affected": [
        {"package": {"ecosystem": "PyPI", "name": "Jinja2"}, "ranges": FIXES},
        {"package": {"ecosystem": "npm", "name": "other"}, "ranges": [{"events": [{"fixed": "2.5"}]}]},
    ],
}
WEAK = {("jinja2", "2.4.1"): ["GHSA-462w-v97r-4m45", "PYSEC-2019-217", "PYSEC-OLD"]}
DETAILS: dict[str, Any] = {
    "GHSA-462w-v97r-4m45": JINJA,
    "PYSEC-OLD": {"id": "PYSEC-OLD", "withdrawn": "2020-01-01T00:00:00Z"},
}
TOLD = Weakness("jinja2", "2.4.1", ("GHSA-462w-v97r-4m45", "CVE-2019-10906", "PYSEC-2019-217"), "2.10.1")


@dataclass
class Service:
    """Answers for the packages it knows, or with the very same for every question; remembers what it was asked."""

    always: str | None = None
    details: Mapping[str, Any] = field(default_factory=lambda: DETAILS)
    waits_s: float = 0.0
    asked: list[Any] = field(default_factory=list)

    def answer(self, path: str, body: bytes) -> str | None:
        self.asked.append(json.loads(body) if body else path)
        time.sleep(self.waits_s)
        if self.always is not None:
            return self.always
        if path != "/v1/querybatch":
            told = self.details.get(path.rpartition("/")[2])
            return None if told is None else json.dumps(told)
        packages = [(one["package"]["name"], one["version"]) for one in json.loads(body)["queries"]]
        return json.dumps(
            {"results": [{"vulns": [{"id": id} for id in WEAK[one]]} if one in WEAK else {} for one in packages]}
        )


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """The address of the service while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = service.answer(self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(404 if told is None else 302 if told == "elsewhere" else 200)
            if told == "elsewhere":
                self.send_header("Location", "/v1/elsewhere")
            self.end_headers()
            self.wfile.write((told or "").encode())

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_each_weakness_is_told_once_with_its_names_and_the_first_fix() -> None:
    with serving(Service()) as url:
        found = Advisories(url).weaknesses([("rich", "14.0"), ("jinja2", "2.4.1")])
    assert found == {("rich", "14.0"): [], ("jinja2", "2.4.1"): [TOLD]}


def test_a_weakness_without_details_is_told_all_the_same() -> None:
    with serving(Service(details={})) as url:
        found = Advisories(url).weaknesses([("jinja2", "2.4.1")])["jinja2", "2.4.1"]
    assert [(one.ids, one.fixed) for one in found] == [((id,), "") for id in WEAK["jinja2", "2.4.1"]]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<html>",
        "[]",
        "{}",
        '{"results": []}',
        '{"results": [3]}',
        '{"results": [{"vulns": 3}]}',
        '{"results": [{"next_page_token": "more"}]}',
        "elsewhere",
    ],
)
def test_what_is_no_answer_leaves_the_question_open(answer: str) -> None:
    with serving(Service(answer)) as url, pytest.raises(Unanswered):
        Advisories(url).weaknesses([("rich", "14.0")])


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "file:///etc", "osv"])
def test_where_nobody_answers_the_question_stays_open(url: str) -> None:
    with pytest.raises(Unanswered):
        Advisories(url).weaknesses([("rich", "14.0")])


def test_a_slow_service_is_not_waited_for() -> None:
    began = time.monotonic()
    with serving(Service(waits_s=1.5)) as url, pytest.raises(Unanswered):
        Advisories(url, seconds=0.2).weaknesses([("rich", "14.0")])
    assert time.monotonic() - began < 10


def review(folder: Path, url: str, text: str) -> Verdict:
    """What the review says of a change that adds to the requirements."""
    change = changed_project(folder, {"requirements.txt": "rich==14.0\n"}, {"requirements.txt": f"rich==14.0\n{text}"})
    with open_stand(change, Sandbox(), review=(), audit_url=url) as stand:
        return run_gate("review", stand)


@needs_bubblewrap
def test_a_new_dependency_with_a_known_weakness_fails_the_review(tmp_path: Path) -> None:
    service = Service()
    with serving(service) as url:
        verdict = review(tmp_path / "p", url, "Jinja2==2.4.1\n")
    (found,) = [one for one in verdict.checked.findings if one.fails]
    assert (verdict.state, found.rule, found.file, found.is_acceptable) == (
        "failed",
        "vulnerable",
        "requirements.txt",
        True,
    )
    assert found.message == str(TOLD)
    assert service.asked[0] == {"queries": [{"package": {"name": "jinja2", "ecosystem": "PyPI"}, "version": "2.4.1"}]}


@needs_bubblewrap
def test_a_new_dependency_without_one_passes_and_an_open_version_waits(tmp_path: Path) -> None:
    with serving(Service()) as url:
        verdict = review(tmp_path / "p", url, "scipy==1.16.0\n")
        assert (verdict.state, verdict.checked.counts["audited"]) == ("passed", 1)
        assert review(tmp_path / "q", url, "notinstalled>=2\n").state == "waiting"


@needs_bubblewrap
@pytest.mark.parametrize("url", ["", "off", "http://127.0.0.1:9"])
def test_without_an_answer_a_person_is_asked(tmp_path: Path, url: str) -> None:
    verdict = review(tmp_path / "p", url, "scipy==1.16.0\n")
    assert verdict.checked.waits_for == "Nobody audited what this change newly needs: scipy ==1.16.0."
    assert (verdict.state, verdict.checked.score) == ("waiting", 100)


@needs_bubblewrap
def test_nobody_is_asked_where_nothing_is_newly_needed(tmp_path: Path) -> None:
    service = Service()
    with serving(service) as url:
        assert review(tmp_path / "p", url, "# nothing\n").state == "passed"
    assert service.asked == []
