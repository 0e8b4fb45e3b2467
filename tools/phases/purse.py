"""The ledger of a request as its planner uses it: the most is set aside before a call, what it took is booked after."""

from checkpoints.budget import Exhausted, Ledger
from checkpoints.effects import Place
from graph.protocol import Usage
from graph.settings import Settings
from tools.spending import cost_of, most_usd

WHO = "planner"


class Purse:
    """`usages` is what the calls took so far, in their order; whoever makes the calls adds to it.

    What a call took is booked at the end: one that a kill repeats keeps its reservation.
    """

    def __init__(self, ledger: Ledger, place: Place, model: str, settings: Settings, usages: list[Usage]) -> None:
        self.model, self._ledger, self._place, self._settings, self._usages = model, ledger, place, settings, usages
        self._keys: list[str] = []

    def reserve(self, number: int, prompt_tokens: int) -> None:
        """Set the most aside that a call may take; what earlier ones left over is used before anything is refused."""
        try:
            self._reserve(number, prompt_tokens)
        except Exhausted:
            if not self._usages:
                raise
            self.settle()
            self._reserve(number, prompt_tokens)

    def settle(self) -> None:
        """Book what each call took."""
        for key, usage in zip(self._keys, self._usages, strict=False):
            self._ledger.settle(key, cost_of(self._settings, self.model, usage))

    def _reserve(self, number: int, prompt_tokens: int) -> None:
        answer = self._settings.model_max_tokens
        usd = most_usd(self._settings, self.model, prompt_tokens, answer)
        key = self._ledger.reserve_call(self._place, WHO, number, self.model, prompt_tokens + answer, usd)
        self._keys.append(key)
