"""What parallel agents did is brought into the task in the order of the plan; a conflict becomes a stage of its own."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from checkpoints.artifacts import fetch, keep
from checkpoints.effects import Effects
from prompts.render import render
from tools.agents.parts import Json, is_apart, joined, part_of, tip_of
from tools.agents.redaction import own_secrets
from tools.agents.tries import inserted
from tools.code.conflicts import bring_in
from tools.code.merging import Merge, merge_work
from tools.code.names import shown
from tools.code.workspace import remove_workspace
from tools.code.worktrees import Workspace

MOST_CONFLICT_STAGES = 3
"""How many stages of one request may be about conflicts."""
SHOWN_LETTERS = 24_000
"""How much of all sides together an agent is shown; it can read the files."""


@dataclass(frozen=True)
class Gathering:
    """A stage that is over, `stage` in the place of the effects, and the task its work goes into."""

    effects: Effects
    workspace: Workspace
    plan: Json

    def gather(self, handoffs: Sequence[Json]) -> tuple[Json, list[Json]]:
        """The plan as it is now, and the references to handoffs that changed. Every agent's work is merged, or told."""
        apart = [one for one in handoffs if is_apart(one)]
        plan, settled = self._settled(apart)
        done = {(one["stage"], one["agent"]) for one in settled}
        merges = [(one, self._merge(one)) for one in apart if (one["stage"], one["agent"]) not in done]
        merged = [self._joined(one, merge) for one, merge in merges if not merge.conflicts]
        open_ = [(one, merge) for one, merge in merges if merge.conflicts]
        if not open_:
            return plan, settled + merged
        if why := _why_nobody(plan, [*handoffs, *settled], [merge for _, merge in open_]):
            return plan, settled + merged + [self._left(one, merge, why) for one, merge in open_]
        return self._planned(plan, *open_[0]), settled + merged

    def _merge(self, one: Json) -> Merge:
        return merge_work(self.effects, self.workspace, one["agent"], tip_of(one))

    def _joined(self, one: Json, merge: Merge) -> Json:
        self._remove(one, with_branch=True)
        return joined(one, commit=merge.commit if one["commit"] else "")

    def _settled(self, apart: Sequence[Json]) -> tuple[Json, list[Json]]:
        """What became of the conflict this stage was about, if it was about one."""
        stage, plan = self.effects.place.stage, self.plan
        about = plan.get("conflicts", {}).get(stage)
        resolver = next((one for one in apart if one["stage"] == stage), None)
        if about is None or resolver is None:
            return plan, []
        other = next(one for one in apart if (one["stage"], one["agent"]) == (about["stage"], about["agent"]))
        flaws, commit, warnings = self._resolved(resolver, other)
        for one in (resolver, other):
            self._remove(one, with_branch=bool(commit))
        if commit:
            warned = {**plan, "warnings": [*plan["warnings"], *warnings]} if warnings else plan
            return warned, [joined(other, commit=""), joined(resolver, commit=commit)]
        where = f"The work of {other['agent']} is on {other['part']['branch']}, the attempt to bring it together with"
        ended = f"{flaws} {where} {self.workspace.branch} on {resolver['part']['branch']}."
        return plan, [joined(other, commit=""), joined(resolver, commit="", ended=ended)]

    def _resolved(self, resolver: Json, other: Json) -> tuple[str, str, list[str]]:
        """Why there is no commit that has both, that commit, and what the person is warned of."""
        if resolver["ended"]:
            return resolver["ended"], "", []
        handoff = fetch(self.effects.database, self.effects.fence.thread_id, resolver["handoff"])
        reasons = "\n".join(handoff["context"]["decisions"])
        agent, theirs = other["agent"], tip_of(other)
        found = bring_in(self.effects, self.workspace, agent, theirs, tip_of(resolver), reasons)
        if found.flaws:
            return f"What it made of the conflict is not merged: {'; '.join(found.flaws)}.", "", []
        who = f"only one side was kept; the reason is in the handoff of {resolver['agent']}"
        return "", found.commit, [f"Of {shown(file)} {who}." for file in found.one_sided]

    def _left(self, one: Json, merge: Merge, why: str) -> Json:
        """Not merged: the branch stays, and the person is told."""
        self._remove(one, with_branch=False)
        files = ", ".join(shown(conflict.file) for conflict in merge.conflicts)
        told = f"Its work conflicts with that of others in {files}, and {why}. It is on {one['part']['branch']}."
        return joined(one, commit="", ended=f"{one['ended']} {told}".strip())

    def _remove(self, one: Json, with_branch: bool) -> None:
        remove_workspace(self.effects, part_of(one, self.workspace), with_branch)

    def _planned(self, plan: Json, one: Json, merge: Merge) -> Json:
        """The plan with a stage after this one, in which the agent that came second brings both together."""
        number = int(self.effects.place.stage) + 1
        sides = [asdict(conflict) for conflict in merge.conflicts]
        told = own_secrets().removed({"agent": one["agent"], "messages": merge.messages, "files": sides})
        digest = keep(self.effects.database, self.effects.fence.thread_id, told)
        about = {"stage": one["stage"], "agent": one["agent"], "commit": tip_of(one), "told": digest}
        grown = inserted(plan, number, [one["agent"]])
        return {**grown, "conflicts": grown.get("conflicts", {}) | {str(number): about}}


def conflict_told(effects: Effects, plan: Json) -> str:
    """What an agent is told about the conflict its stage is about; "" where it is about none."""
    about = plan.get("conflicts", {}).get(effects.place.stage)
    if about is None:
        return ""
    told = fetch(effects.database, effects.fence.thread_id, about["told"])
    letters = max(SHOWN_LETTERS // (3 * len(told["files"])), 200)
    files = [
        {side: _short(conflict[side], letters) for side in ("file", "base", "ours", "theirs")}
        for conflict in told["files"]
    ]
    messages = "\n".join(f"- {one}" for one in told["messages"])
    return render(
        "nodes/conflict",
        agent=told["agent"],
        messages=messages,
        files=json.dumps(files, ensure_ascii=False, indent=1),
    )


def _why_nobody(plan: Json, handoffs: Sequence[Json], merges: Sequence[Merge]) -> str:
    """Why no agent is sent to bring work together, in words; "" where one can be."""
    if any(one["ended"] for one in handoffs):
        return "nobody goes on after an agent was ended"
    if len(plan.get("conflicts", {})) >= MOST_CONFLICT_STAGES:
        return f"there were {MOST_CONFLICT_STAGES} such conflicts already"
    if any(merge.more_conflicts for merge in merges):
        return "there are too many"
    if not all(conflict.is_text for merge in merges for conflict in merge.conflicts):
        return "an agent can only bring text together"
    return ""


def _short(text: str | None, letters: int) -> str | None:
    return text if text is None or len(text) <= letters else f"{text[:letters]}\n[shortened]"
