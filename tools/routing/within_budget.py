"""The model's tie-break, paid from the budget of the request."""

from checkpoints.budget import Exhausted
from checkpoints.effects import Place
from checkpoints.fence import Fence
from graph.state import State
from tools.deps import Deps
from tools.routing.router import Route
from tools.spending import cost_of, ledger_of, most_usd, settings_for

WHO = "router"


def settle_within_budget(route: Route, state: State, fence: Fence | None, deps: Deps) -> Route:
    """The undecided route, decided by a model where there is one and the request may still pay for it.

    A graph that keeps no threads has no ledger, and asks no model.
    """
    from tools.model import full_name, has_model
    from tools.routing.tie_break import settle

    task = state["task"]
    settings = settings_for(deps.settings(), task)
    if fence is None or not has_model(settings):
        return route
    ledger = ledger_of(deps.database(), fence, task, settings, deps.now)
    model, tokens = full_name(settings), settings.route_tokens
    place = Place(task["request_id"], state.get("rollback", 0), stage=WHO)
    try:
        key = ledger.reserve_call(place, WHO, 1, model, tokens, most_usd(settings, model, 0, tokens))
    except Exhausted:
        return route
    settled = settle(route, task["prompt"] or "", settings)
    ledger.settle(key, cost_of(settings, model, settled.usage))
    return settled.route
