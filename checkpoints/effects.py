"""Everything that leaves the process: written down before it happens, and never done twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from checkpoints.database import Database
from checkpoints.fence import Fence
from checkpoints.tables import effects
from graph.errors import MagnusError

Json = dict[str, Any]
Kind = Literal["resend", "reconcile", "ask"]


class Doubtful(MagnusError):
    """An effect was begun and nobody knows whether it happened; a person has to look."""


@dataclass(frozen=True)
class Place:
    """Where in a workflow an effect stands: what makes its key the same after a kill and another after a rollback."""

    request_id: str
    rollback: int = 0
    phase: str = ""
    iteration: int = 0
    stage: str = ""
    attempt: int = 0

    def key(self, name: str) -> str:
        return "/".join(str(part) for part in (*vars(self).values(), name))


@dataclass(frozen=True)
class Effects:
    """The effects of one run: its fence, its place, its clock."""

    database: Database
    fence: Fence
    place: Place
    now: Callable[[], datetime]

    def effect(
        self,
        name: str,
        kind: Kind,
        payload: Json,
        do: Callable[[], Json],
        reconcile: Callable[[], Json | None] | None = None,
    ) -> Json:
        """Do something once, however often this is called for the same place and name; returns its result.

        What was begun and never confirmed is, by kind: sent again where that is harmless ("resend"); looked for with
        `reconcile`, which returns the result it finds or None, and sent only if it did not happen ("reconcile"); or
        left to a person ("ask", raises Doubtful). Raises LeaseLost where another process runs the thread by now.

        The fence is held while `do` runs: nobody can take the thread over in the middle of it, even if this process
        freezes there.
        """
        key = self.place.key(name)
        with self.database.begin(self.fence) as connection:
            intent = {"kind": kind, "payload": payload, "state": "intended", "intended_at": self.now()}
            row = {"key": key, "thread_id": self.fence.thread_id, **intent}
            is_first = connection.execute(insert(effects).values(row).on_conflict_do_nothing()).rowcount == 1
        with self.database.begin(self.fence, is_brief=False) as connection:
            earlier = connection.execute(select(effects).where(effects.c.key == key)).one()
            if earlier.state == "done":
                return dict(earlier.result)
            if is_first or kind != "ask":
                found = None if is_first or reconcile is None else reconcile()
                result = do() if found is None else found
                changes = {"state": "done", "result": result, "done_at": self.now()}
                connection.execute(update(effects).where(effects.c.key == key).values(changes))
                return result
            connection.execute(update(effects).where(effects.c.key == key).values(state="doubtful"))
        raise Doubtful(f"Whether {name} happened is not known: look for yourself; Magnus will not do it again.")
