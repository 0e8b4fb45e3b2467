"""Scripts for a team whose change the gates refuse, and for those who go over it."""

from typing import Any

from coding import script_the_detective
from messages_api import MessagesApi, tool
from whole_team import script_the_rest

FIX = tool("edit", path="dashboard.py", old="return f", new='return "n/a" if premium is None else f')
DONE = "Everything is as it was asked for."


def script_a_team_without_a_test(api: MessagesApi) -> None:
    """The bug is fixed, and nobody writes a test for it."""
    script_the_detective(api)
    api.conversation("you are python_pro, in stage 2 of 5").answers(FIX).answers(tool("hand_over", summary=DONE))
    api.conversation("you are qa_debugger, in stage 3 of 5").answers(tool("hand_over", summary=DONE))
    script_the_rest(api)


def script_the_repair(api: MessagesApi, first: int, *turns: Any) -> None:
    """Who made the change, and the tester, once more with the evidence before them."""
    maker = api.conversation(f"you are python_pro, in stage {first}", "The gates refused the change")
    maker.answers(tool("hand_over", summary="Nothing to tell."))
    tester = api.conversation(f"you are qa_debugger, in stage {first + 1}", "The gates refused the change")
    for turn in turns:
        tester.answers(turn)
    tester.answers(tool("hand_over", summary=DONE))
