"""Scripts for every agent that the route of a bug in a page brings, beside those of coding.py."""

from dataclasses import replace
from pathlib import Path

from coding import script_the_builder, script_the_detective, script_the_team, script_the_tester
from command import Magnus
from messages_api import MessagesApi, tool

from graph.settings import Settings

TEAM = ("error_detective", "python_pro", "frontend_developer", "qa_debugger", "code_reviewer", "documentation")
CALLS = {
    "error_detective": 3,
    "python_pro": 3,
    "frontend_developer": 1,
    "qa_debugger": 4,
    "code_reviewer": 2,
    "documentation": 2,
}
"""Who is asked how often when all goes well."""
DEAR_USD = "0.4"
"""A budget that a dear detective uses up."""


def script_the_whole_team(api: MessagesApi) -> None:
    script_the_team(api)
    script_the_rest(api)


def script_a_dear_detective(api: MessagesApi) -> None:
    """The first of the team, whose last call costs more than DEAR_USD leaves for another."""
    script_the_detective(api)
    (talk,) = api._conversations
    talk.turns[-1] = replace(talk.turns[-1], tokens=(150_000, 1_000))


def script_those_after_the_detective(api: MessagesApi) -> None:
    script_the_builder(api)
    script_the_tester(api)
    script_the_rest(api)


def script_the_rest(api: MessagesApi) -> None:
    page = api.conversation("you are frontend_developer")
    page.answers(tool("hand_over", summary="The page itself needs no change."))
    reviewer = api.conversation("you are code_reviewer")
    reviewer.answers(tool("git_diff"))
    reviewer.answers(tool("hand_over", summary="The change is small and right."), after='"n/a" if premium is None')
    writer = api.conversation("you are documentation")
    writer.answers(tool("write", path="CHANGELOG.md", content="- A missing premium is shown as n/a.\n"))
    writer.answers(tool("hand_over", summary="CHANGELOG.md tells of it."), after="is new")


def magnus_with(settings: Settings, home: Path, folder: Path, api: MessagesApi | None = None) -> Magnus:
    """The command with data of its own, started in a folder; without a model unless there is one."""
    own = {"MAGNUS_DATABASE_URL": str(settings.database_url), "MAGNUS_DATA_DIR": str(home)}
    return Magnus(own | (api.environment if api else {}), folder)
