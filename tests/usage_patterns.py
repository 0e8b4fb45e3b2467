"""The projects of docs/usage.md, and what the model is told to say in each; all else there is real."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import auth_project
from checkouts import Checkout
from coding import buggy_checkout, script_one
from messages_api import MessagesApi, tool
from whole_team import script_the_whole_team
from whole_workflows import PAGE, TEST, board_checkout

LINE = """    return f"{position['symbol']}: {position['premium']:.2f}\""""
LINE_WITH_EXCHANGE = """    exchange = f" ({position['exchange']})" if "exchange" in position else ""
    return f"{position['symbol']}{exchange}: {position['premium']:.2f}\""""
TEST_OF_EXCHANGE = """

def test_the_exchange_stands_behind_the_symbol():
    assert lines([{"symbol": "KO", "exchange": "XETRA", "premium": 1}]) == ["KO (XETRA): 1.00"]
"""
COLUMN = "ALTER TABLE positions ADD COLUMN exchange text NOT NULL DEFAULT 'NYSE';\n"
TASKS = [
    {"title": "Show the exchange in board.py.", "owner": "python_pro", "criterion": "tests/test_board.py"},
    {"title": "Name it in the title of app.py.", "owner": "frontend_developer"},
    {"title": "A column with a migration.", "owner": "database_optimizer"},
]
ROWS = "INSERT INTO positions SELECT i, 'S' || i % 5000, 1 FROM generate_series(1, 20000) i"
QUERY = {"statement": "SELECT premium FROM positions WHERE symbol = 'S7'", "seeds": [ROWS]}


def script_a_feature(api: MessagesApi) -> None:
    """A design, tasks, three who build side by side, a test, a review, words and what could follow."""
    design = "line() in board.py shows the exchange; a column of positions keeps it."
    script_one(api, "architect", tool("read", path="board.py"), stage="1 of 7", summary=design)
    script_one(api, "planner", stage="2 of 7", tasks=TASKS, summary="Three tasks, one for each who builds.")
    edit = tool("edit", path="board.py", old=LINE, new=LINE_WITH_EXCHANGE)
    script_one(api, "python_pro", edit, stage="3 of 7", summary="line() shows an exchange where there is one.")
    page = PAGE.replace('st.title("Wheel")', 'st.title("Wheel, by exchange")')
    edit = tool("write", path="app.py", content=page)
    script_one(api, "frontend_developer", edit, stage="3 of 7", pause_s=1, summary="The title names the exchange.")
    edit = tool("write", path="migrations/2_exchange.sql", content=COLUMN)
    script_one(api, "database_optimizer", edit, stage="3 of 7", pause_s=2, summary="A migration adds the column.")
    edit = tool("write", path="tests/test_board.py", content=TEST + TEST_OF_EXCHANGE)
    script_one(api, "qa_debugger", edit, tool("run_tests"), stage="4 of 7", summary="The exchange has a test.")
    script_one(api, "code_reviewer", tool("git_diff"), stage="5 of 7", summary="Small and right.")
    edit = tool("write", path="CHANGELOG.md", content="# Changes\n\n- The exchange is shown.\n")
    script_one(api, "documentation", edit, stage="6 of 7", summary="CHANGELOG.md tells of it.")
    script_one(api, "innovation", stage="7 of 7", summary="A filter by exchange could come next.")


def script_a_slow_query(api: MessagesApi) -> None:
    """The plan of the query is read before and after there is an index."""
    before, after = tool("query_plan", **QUERY, before=True), tool("query_plan", **QUERY)
    found = "positions is read from end to end for one symbol."
    script_one(api, "performance_engineer", before, stage="1 of 5", summary=found)
    index = tool("write", path="migrations/2_symbol.sql", content="CREATE INDEX by_symbol ON positions (symbol);\n")
    script_one(api, "database_optimizer", before, index, after, stage="2 of 5", summary="An index on symbol.")
    script_one(api, "python_pro", stage="3 of 5", summary="The code needs no change.")
    claim = {"statement": "The index is used.", "command": f"explain analyze {QUERY['statement']}"}
    uses = (before, after, tool("run_tests"))
    script_one(api, "qa_debugger", *uses, stage="4 of 5", claims=[claim], summary="The index is used; tests pass.")
    script_one(api, "monitor", stage="5 of 5", summary="Watch how long this query takes.")


def script_a_slow_bug(api: MessagesApi) -> None:
    """The whole team on a bug, of whom the builder takes long enough to be stopped at work."""
    script_the_whole_team(api)
    next(talk for talk in api._conversations if talk.opens_with == ("you are python_pro",)).later(8)


@dataclass(frozen=True)
class Pattern:
    """The project of one section, and the script of its agents."""

    project: Callable[[Path], Checkout]
    script: Callable[[MessagesApi], None]


PATTERNS = {
    "A bug": Pattern(buggy_checkout, script_the_whole_team),
    "A feature": Pattern(board_checkout, script_a_feature),
    "A slow query": Pattern(board_checkout, script_a_slow_query),
    "A goal in phases": Pattern(auth_project.shop, auth_project.script_the_goal),
    "A run that was stopped": Pattern(buggy_checkout, script_a_slow_bug),
    "A run that goes back": Pattern(buggy_checkout, script_the_whole_team),
}
"""By the heading of the section in docs/usage.md."""
