"""A goal, the plan a model would make of it, and a small project for it."""

from pathlib import Path
from typing import Any

GOAL = "Implement complete auth system with JWT"
FEATURE = "implement-complete-auth-system-with-jwt"
OPENING = "Cut a goal into phases"
"""Words of the planner's question, by which a scripted model knows it."""

Json = dict[str, Any]


def phase(name: str, /, *after: str, **other: Any) -> Json:
    """A phase of which only what is named is special."""
    told = {"id": name, "name": f"Name of {name}", "description": f"What {name} builds.", "max_iterations": 5}
    return told | {"success_criteria": [f"{name} works"], "depends_on": list(after)} | other


def three_phases() -> Json:
    """The plan of the plan document."""
    return {
        "phases": [
            phase("phase-1", name="Database Schema", success_criteria=["Migration created", "Schema validated"]),
            phase("phase-2", "phase-1", name="Auth Endpoints", max_iterations=8),
            phase("phase-3", "phase-2", name="JWT Middleware", success_criteria=["Protected routes work"]),
        ],
        "assumptions": ["Tokens end after a day."],
    }


def api_project(folder: Path) -> Path:
    """A small FastAPI project, in no repository."""
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "main.py").write_text("import json\nfrom fastapi import FastAPI\n\napp = FastAPI()\n")
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["fastapi>=0.110"]\n')
    (folder / ".env").write_text("TOKEN=very-secret\n")
    return folder
