"""What is said about work on code: in plain lines, with nothing in them that steers a terminal."""

from typing import Any

from tools.work_text import MOST_FILES, MOST_FINDINGS, printable, tell_approval, tell_gates, tell_stop, tell_work


def handoff(**said: Any) -> dict[str, Any]:
    context = {"summary": "Mended.", "claims": [], "open_points": [], "ended": ""}
    return {"from_agent": "python_pro", "context": context | said}


def change(file: str, **more: Any) -> dict[str, Any]:
    return {"file": file, "how": "M", "added": 2, "deleted": 1, "old_file": ""} | more


def work(**more: Any) -> dict[str, Any]:
    result = {"branch": "magnus/fix", "base": "a" * 40, "start": "a" * 40, "handoffs": [handoff()], "changes": []}
    return result | more


def gate(name: str, state: str = "passed", **more: Any) -> dict[str, Any]:
    seen = {"gate": name, "state": state, "score": None, "seconds": 1.5, "skipped_because": "", "waits_for": None}
    return seen | {"findings": []} | more


def finding(file: str = "app.py", line: int = 7, **more: Any) -> dict[str, Any]:
    return {
        "file": file,
        "line": line,
        "rule": "failed",
        "message": "test_a fails",
        "fails": True,
        "accepted_by": None,
    } | more


def test_who_did_what_and_which_lines_changed() -> None:
    changes = [change("app.py"), change("new.py", how="R", old_file="old.py"), change("a.png", added=None)]
    assert list(tell_work(work(changes=changes))) == [
        "Branch magnus/fix, from aaaaaaaa.",
        "Your checkout is as it was.",
        "python_pro: Mended.",
        "  M app.py  +2 -1",
        "  R new.py  +2 -1, was old.py",
        "  M a.png   no text",
        "Not delivered: it lies on branch magnus/fix.",
    ]


def test_what_is_not_proven_not_finished_or_open_is_said_beside_its_agent() -> None:
    claim = {"statement": "All tests pass.", "is_proven": False, "why_not": "no test ran"}
    told = handoff(claims=[claim, claim | {"is_proven": True}], open_points=["The page."], ended="It had its 60 turns.")
    assert list(tell_work(work(handoffs=[told])))[2:-1] == [
        "python_pro: Mended.",
        "  It did not finish: It had its 60 turns.",
        "  UNPROVEN: All tests pass. (no test ran)",
        "  Open: The page.",
    ]


def test_no_branch_is_no_change_and_what_was_taken_along_is_named() -> None:
    assert next(tell_work(work(branch=None))) == "No change."
    assert next(tell_work(work(start="b" * 40))) == "Branch magnus/fix, from aaaaaaaa with what was not committed."


def test_many_files_are_counted() -> None:
    *_, last, _ = tell_work(work(changes=[change(f"{number}.py") for number in range(MOST_FILES + 7)]))
    assert last == "  and 7 more files"


def test_each_gate_has_a_line_and_below_it_what_made_it_fail() -> None:
    answered = finding(line=1, accepted_by="ada")
    failed = gate("tests", "failed", findings=[answered, finding(fails=False), finding(), finding("", 0)])
    skipped = gate("performance", "skipped", skipped_because="Nothing is timed.")
    assert list(tell_gates([gate("review", score=96.0), failed, skipped])) == [
        "  review      passed   96   1.50 s",
        "  tests       failed        1.50 s",
        "    app.py:7  test_a fails (failed)",
        "    test_a fails (failed)",
        "  performance skipped       1.50 s  Nothing is timed.",
    ]
    *_, last = tell_gates([gate("tests", "failed", findings=[finding()] * (MOST_FINDINGS + 2))])
    assert last.strip().startswith("and 2 more")


def test_where_a_change_was_delivered() -> None:
    def last(mode: str, into: str) -> list[str]:
        delivery = {"state": "delivered", "mode": mode, "into": into, "commit": "c" * 40}
        return list(tell_work(work(handoffs=[], delivery=delivery)))[1:]

    kept = "Your checkout is as it was."
    assert last("branch", "magnus/fix") == [kept, "Delivered: it is at cccccccc of branch magnus/fix."]
    assert last("patch", "/data/fix.patch") == [kept, "Delivered: the patch is /data/fix.patch."]
    assert last("merge", "main") == ["Delivered: your branch main has it, at cccccccc."]
    refused = {"state": "refused", "why": "main has changes."}
    assert list(tell_work(work(handoffs=[], delivery=refused)))[-1] == "Not delivered: it lies on branch magnus/fix."


def test_the_question_before_a_delivery_shows_what_it_is_about() -> None:
    details = {"branch": "magnus/fix", "start": "a" * 40, "files": [change("app.py")], "gates": [gate("syntax")]}
    question = {"question": "Shall it be delivered?", "details": details | {"usd": 0.125}}
    assert list(tell_approval(question)) == [
        "Branch magnus/fix, from aaaaaaaa.",
        "  M app.py  +2 -1",
        "  syntax      passed        1.50 s",
        "It cost $0.12 so far.",
        "Shall it be delivered?",
    ]


def test_how_far_a_stopped_request_came() -> None:
    assert list(tell_stop({"stopped": []})) == ["Nothing has been done yet."]
    assert list(tell_stop({"branch": "magnus/fix", "handoffs": []})) == ["No agent has handed over yet."]
    assert list(tell_stop(work())) == ["Done so far, on branch magnus/fix:", "python_pro: Mended."]


def test_a_name_of_a_file_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\u202ec\x9b1m\ttab\n") == "a\ufffd[2Jb\ufffdc\ufffd1m\ttab\n"
    assert printable("Grüße, π ≈ 3.14 · ok") == "Grüße, π ≈ 3.14 · ok"
