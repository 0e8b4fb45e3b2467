"""A plan of phases as data: what a model answers with, what phases.json holds, and what a person may edit."""

from pydantic import BaseModel, ConfigDict

STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)


class Phase(BaseModel):
    """A part of a goal that ends with something that can be shown; bounds are checked by `tools/phases/rules.py`."""

    model_config = STRICT

    id: str
    name: str
    description: str
    success_criteria: list[str]
    max_iterations: int
    depends_on: list[str] = []


class Plan(BaseModel):
    """A goal, cut into phases in the order in which somebody reads them; what was assumed stands beside them."""

    model_config = STRICT

    goal: str = ""
    phases: list[Phase]
    assumptions: list[str] = []

    def phase(self, name: str) -> Phase:
        """The phase of this id; raises KeyError."""
        for phase in self.phases:
            if phase.id == name:
                return phase
        raise KeyError(name)

    def to_text(self) -> str:
        """The plan as phases.json holds it."""
        return self.model_dump_json(indent=2) + "\n"
