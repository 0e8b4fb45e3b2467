"""When an agent goes round in circles, and when it only waits."""

from itertools import count

import pytest

from tools.agents.loop_state import Entry, in_order
from tools.agents.stuck import IDLE_TURNS, RETURNS, SAME_CALLS, SLOW_S, why_stuck


class Log:
    """A log as the loop writes it, one call a turn."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._turns = count(1)

    def call(self, tool: str, on: str = "a.py", answer: str = "same", tree: str = "", seconds: float = 0.1) -> "Log":
        entry = Entry(
            turn=next(self._turns),
            at_ns=len(self.entries),
            tool=tool,
            on=on,
            call=f"{tool} {on}",
            is_error=False,
            exit_code=None,
            seconds=seconds,
            digest=f"log {len(self.entries)}",
            answer=answer,
            tree=tree,
            facts={},
        )
        self.entries.append(entry)
        return self

    def why(self, writes: str = "all", turns: int | None = None) -> str | None:
        return why_stuck(self.entries, len(self.entries) if turns is None else turns, writes)  # type: ignore[arg-type]


def test_the_same_call_with_the_same_answer_again_and_again_is_a_circle() -> None:
    log = Log()
    for _ in range(SAME_CALLS - 1):
        log.call("read")
    assert log.why() is None
    assert log.call("read").why() == f"It made the same call {SAME_CALLS} times with the same answer: read a.py."


def test_other_calls_between_do_not_hide_it() -> None:
    log = Log()
    for number in range(SAME_CALLS):
        log.call("read").call("search", on=str(number))
    assert str(log.why()).startswith(f"It made the same call {SAME_CALLS} times")


def test_another_answer_each_time_is_progress() -> None:
    log = Log()
    for number in range(10):
        log.call("run", on="status", answer=str(number))
    assert log.why() is None


def test_the_same_tests_after_each_change_are_no_circle() -> None:
    log = Log()
    for number in range(10):
        log.call("edit", answer=str(number), tree=str(number)).call("run_tests", on="", tree=str(number))
    assert log.why() is None


def test_waiting_for_something_slow_is_no_circle() -> None:
    log = Log()
    for _ in range(IDLE_TURNS + 10):
        log.call("run", on="sleep 6; cat done", seconds=SLOW_S)
    assert log.why() is None


def test_edits_that_undo_each_other_are_a_circle() -> None:
    log = Log()
    for number in range(RETURNS + 1):
        log.call("edit", on=str(number), tree="AB"[number % 2])
    assert log.why() is None
    assert log.call("edit", on="last", tree="AB"[(RETURNS + 1) % 2]).why() == (
        f"Its edits undo each other: {RETURNS} times the code was again what it had been before."
    )


def test_commands_that_leave_the_code_alone_are_no_return_to_it() -> None:
    log = Log()
    for number in range(20):
        log.call("run", on=str(number), tree="A")
    assert log.why() is None


def test_a_writer_that_writes_nothing_for_long_is_ended_with_the_number_of_turns() -> None:
    log = Log().call("edit", tree="A")
    for number in range(IDLE_TURNS - 1):
        log.call("read", on=str(number))
    assert log.why() is None
    log.call("read", on="one more")
    assert log.why() == f"It changed nothing in the last {IDLE_TURNS} turns."
    assert log.why("tests") is not None


def test_turns_without_any_call_count_as_idle() -> None:
    assert Log().why(turns=IDLE_TURNS) == f"It changed nothing in the last {IDLE_TURNS} turns."


def test_a_reader_may_read_as_long_as_it_finds_something() -> None:
    log = Log()
    for number in range(IDLE_TURNS * 2):
        log.call("read", on=str(number))
    assert log.why("nothing") is None


@pytest.mark.parametrize("turn", [1, 2])
def test_calls_of_one_turn_are_logged_in_the_order_in_which_they_happened(turn: int) -> None:
    first, second = Log().call("edit").call("run_tests").entries
    first["turn"], second["turn"] = turn, turn
    first["at_ns"], second["at_ns"] = 20, 10
    assert [entry["tool"] for entry in in_order([first], [second])] == ["run_tests", "edit"]
    second["turn"] = turn + 1
    assert [entry["tool"] for entry in in_order([second], [first])] == ["edit", "run_tests"]
