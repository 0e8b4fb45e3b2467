"""The life of a thread: list, show, resume, rate."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from apps.cli.options import Json
from graph.errors import BadInput, MagnusError

if TYPE_CHECKING:
    from apps.cli.running import Desk
    from checkpoints.database import Database
    from checkpoints.runs import Run

ThreadId = Annotated[str, typer.Argument(help="A thread id, as `magnus threads` prints it.")]


def threads(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    json: Json = False,
) -> None:
    """List threads with their last request and its status.

    Example: magnus threads --limit 5
    """
    from apps.cli.answers import print_json
    from checkpoints.database import opened
    from checkpoints.runs import latest_runs
    from graph.settings import load_settings

    with opened(load_settings()) as database:
        runs = latest_runs(database, limit)
    if json:
        print_json([run.to_json() for run in runs])
        return
    for run in runs:
        typer.echo(f"{run.thread_id}  {run.accepted_at:%Y-%m-%d %H:%M}  {run.status:<10}  {run.wish}")


def show(thread: ThreadId, json: Json = False) -> None:
    """Show a thread: its requests, what was done for each, and its steps.

    Example: magnus show THREAD
    """
    from apps.cli.answers import print_json
    from apps.cli.running import desk
    from apps.cli.work import show_deliveries, show_todo
    from checkpoints.deliveries import latest_deliveries
    from graph.history import history_of
    from tools.changes import told_delivery

    with desk() as at:
        runs, history, database = at.runs(thread), history_of(at.graph, thread), at.graph.deps.database()
        told = [run.to_json() | _costs(database, run.request_id) for run in runs]
        answers = [at.answer(run) for run in runs]
        todo = _todo(at, thread)
        delivered = [told_delivery(row) for row in reversed(latest_deliveries(database, thread_id=thread))]
    if json:
        handed = [(answer or {"result": {}})["result"].get("handoffs", []) for answer in answers]
        with_handoffs = [one | {"handoffs": handoffs} for one, handoffs in zip(told, handed, strict=True)]
        print_json(
            {"thread_id": thread, "runs": with_handoffs, "todo": todo, "steps": history, "deliveries": delivered}
        )
        return
    for run, one, answer in zip(runs, told, answers, strict=True):
        typer.echo(f"{run.accepted_at:%Y-%m-%d %H:%M}  {run.status}  {run.wish}")
        _show_done(answer, one["stages"])
    show_todo(todo)
    show_deliveries(delivered)
    for step in history:
        coming = step["flaw"] or f"then {', '.join(step['next']) or 'nothing'}"
        typer.echo(f"  step {step['step']:>3}  {step['at']}  {coming}")


def _costs(database: "Database", request_id: str) -> dict[str, Any]:
    """What each agent took, in all and stage by stage."""
    from tools.costs import costs_by_agent, costs_by_stage

    return {"costs": costs_by_agent(database, request_id), "stages": costs_by_stage(database, request_id)}


def _todo(at: "Desk", thread: str) -> list[dict[str, Any]]:
    """What the planner of the newest request wants done; nothing where the newest step cannot be read."""
    from graph.history import damage_of
    from graph.todo import todo_of

    if damage_of(at.graph, thread):
        return []
    return todo_of(at.graph.get_state({"configurable": {"thread_id": thread}}).values)


def _show_done(answer: dict[str, Any] | None, stages: list[dict[str, Any]]) -> None:
    """What came of a request, with what each agent took and left, stage by stage."""
    from apps.cli.answers import show_response
    from apps.cli.work import show_handoffs, show_tree

    if answer is None:
        return
    show_response(answer)
    show_tree(stages)
    show_handoffs(answer["result"].get("handoffs", []))


def resume(
    thread: ThreadId,
    answer: Annotated[str | None, typer.Argument(help="What you say to the question that is open.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also a run that was parked after five deaths.")] = False,
    budget: Annotated[
        float | None, typer.Option(min=0, help="Allow the request so many US dollars more than before.")
    ] = None,
    json: Json = False,
) -> None:
    """Go on with a thread that was stopped, killed or is waiting for you, or that lacked money or a model.

    Example: magnus resume THREAD "find opportunities"

    Example: magnus resume THREAD --budget 1.50
    """
    from apps.cli.running import desk
    from checkpoints.runs import unpark

    with desk() as at:
        run = at.runs(thread)[-1]
        if run.status == "cancelled":
            raise BadInput(f"Thread {thread} was cancelled: ask it something new, with --thread {thread}.")
        if run.status == "parked" and not again:
            why = run.error or f"it killed its worker {run.attempts} times."
            raise MagnusError(f"This run is parked: {why} `magnus resume {thread} --again` tries it once more.")
        if budget is not None:
            at.allow_more(run, budget)
        unpark(at.graph.deps.database(), run.request_id)
        typer.echo(f"thread {run.thread_id}", err=True)
        raise typer.Exit(_gone_on(at, run, answer, json))


def _gone_on(at: "Desk", run: "Run", answer: str | None, as_json: bool) -> int:
    """The exit code of a run that went on; a plan of phases is no work of the graph's."""
    from tools.phases.planning import is_plan

    if not is_plan(run.request):
        return at.carry_out(run, answer, as_json)
    from apps.cli.plan import go_on

    deps = at.graph.deps
    return go_on(deps.database(), deps.settings(), run, as_json)


def rollback(
    thread: ThreadId,
    to: Annotated[int, typer.Option(help="A step, as `magnus show` numbers them.")],
) -> None:
    """Go back to an earlier step of a thread; `magnus resume` goes on from there.

    Example: magnus rollback THREAD --to 2
    """
    from apps.cli.running import desk
    from apps.cli.tidying import sweep_leftovers
    from graph.history import roll_back

    with desk() as at:
        at.runs(thread)
        roll_back(at.graph, thread, to)
        sweep_leftovers(at.graph.deps.database())
    typer.echo(f"Thread {thread} is back at step {to}. Go on with: magnus resume {thread}")


def cancel(thread: ThreadId) -> None:
    """Close what is open in a thread; it can be asked something new, but not resumed. Its worktree and branch go.

    Example: magnus cancel THREAD
    """
    from datetime import UTC, datetime

    from apps.cli.tidying import sweep_leftovers
    from checkpoints.database import opened
    from checkpoints.leases import refuse_if_busy
    from checkpoints.runs import cancel as close
    from graph.settings import load_settings

    settings = load_settings()
    with opened(settings) as database:
        refuse_if_busy(database, thread, settings.lease_s)
        if not close(database, thread, datetime.now(UTC)):
            raise BadInput(f"Nothing is open in thread {thread}: `magnus threads` lists them.")
        sweep_leftovers(database)
    typer.echo(f"Cancelled: {thread}.")


def rate(
    thread: ThreadId,
    rating: Annotated[Literal["good", "bad"], typer.Argument(help="What you thought of its last answer.")],
    note: Annotated[str | None, typer.Option(help="Why, in your words.")] = None,
) -> None:
    """Say what you thought of a thread's last answer; it is kept with the execution.

    Example: magnus rate THREAD good --note "filled at the mid"
    """
    from checkpoints.database import opened
    from checkpoints.runs import rate as keep
    from graph.settings import load_settings
    from tools.routing.remembered_lessons import learn_from_rating

    with opened(load_settings()) as database:
        if not keep(database, thread, rating, note):
            raise BadInput(f"There is no answer to rate in thread {thread}: `magnus threads` lists them.")
        learn_from_rating(database, thread, rating == "good", datetime.now(UTC))
    typer.echo(f"Kept: {rating}.")
