"""Who counts on the names of a project: its users by its documents, and others by its package, where it is one."""

import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from tools.agents.permission import is_test
from tools.checks.before import blobs
from tools.checks.change import Change
from tools.checks.interface import surface_of

LOGS = ("changelog", "changes", "history", "news", "releases", "todo")
"""Documents that speak of what was, too."""
MOST_DOCUMENTS = 300
NOT_FOR_OTHERS = {
    "docs", "doc", "examples", "example", "scripts", "script", "benchmarks", "bench", "migrations", "alembic",
    "notebooks", "internal", "internals", "vendor", "vendored",
}  # fmt: skip
UNIMPORTED = {"setup.py", "conftest.py", "noxfile.py", "__main__.py", "tasks.py", "fabfile.py"}


class Audience:
    """Who uses the base of a change from outside of the repository."""

    def __init__(self, change: Change) -> None:
        self._change = change

    def is_reachable(self, path: str) -> bool:
        """Whether others may import a module at all: no test, no script, nothing that calls itself private."""
        inside = PurePosixPath(path.removeprefix(self._change.prefix))
        is_private = any(part.startswith("_") and part != "__init__.py" for part in inside.parts)
        is_aside = inside.parts[0] in NOT_FOR_OTHERS or bool(NOT_FOR_OTHERS & set(inside.parts[:-1]) - {"doc"})
        is_ours = path.startswith(self._change.prefix) and path.endswith(".py")
        return is_ours and not (is_test(path) or is_private or is_aside or inside.name in UNIMPORTED)

    def is_library(self, path: str) -> bool:
        """Whether a module belongs to a package that others install to import it."""
        if not self._is_packaged:
            return False
        inside = PurePosixPath(path.removeprefix(self._change.prefix).removeprefix("src/"))
        top = inside.parts[0]
        if len(inside.parts) > 1 and not self._inits(top):
            return False
        return not self.scripts or len(inside.parts) == 1 or any(map(self._offers, self._inits(top)))

    def speaks_of(self, path: str, name: str = "", parameter: str = "") -> bool:
        """Whether the documents of the base show how to import a module, or how to use a name of it and a parameter.

        A name counts where it stands with its module or its class: by itself it may be any word.
        """
        module = dotted(path.removeprefix(self._change.prefix))
        package, _, stem = module.rpartition(".")
        if not name:
            return self._shows(rf"\b(import|from|-m)\s+{re.escape(module)}\b")
        top, _, last = name.partition(".")
        origins = "|".join(map(re.escape, filter(None, (module, package))))
        is_imported = self._shows(rf"\bfrom\s+(?:{origins})\s+import\b[^\n]*\b{top}\b")
        is_used = self._shows(rf"\b{re.escape(f'{top}.{last}' if last else f'{stem}.{top}')}\b")
        if last and is_imported:
            is_used = is_used or self._shows(rf"\.{re.escape(last)}\(")
        if not (is_used or (is_imported and not last)):
            return False
        return not parameter or self._shows(rf"(?<![\w-]){re.escape(parameter)}\s*=|`{re.escape(parameter)}`")

    def _shows(self, pattern: str) -> bool:
        return re.search(pattern, self._documents) is not None

    def names(self, path: str) -> bool:
        """Whether documents, settings or a Makefile of the base name a file."""
        inside = path.removeprefix(self._change.prefix)
        return inside in self._documents or bool(re.search(rf"-m\s+{re.escape(dotted(inside))}\b", self._documents))

    @cached_property
    def scripts(self) -> Mapping[str, str]:
        """The commands that installing the base gives, and what each calls."""
        return scripts_of(self._text("pyproject.toml"))

    @cached_property
    def _is_packaged(self) -> bool:
        told = _read(self._text("pyproject.toml"))
        project = told.get("project", {})
        if any(str(one).startswith("Private ::") for one in project.get("classifiers", [])):
            return False
        if told.get("tool", {}).get("uv", {}).get("package") is False:
            return False
        is_poetry = "name" in told.get("tool", {}).get("poetry", {})
        has_setup = "setup(" in self._text("setup.py") or "[metadata]" in self._text("setup.cfg")
        return ("name" in project and "build-system" in told) or is_poetry or has_setup

    def _inits(self, top: str) -> list[str]:
        places = (f"{self._change.prefix}{root}{top}/__init__.py" for root in ("", "src/", "lib/", "python/"))
        return [place for place in places if place in self._paths]

    def _offers(self, init: str) -> bool:
        """Whether a package hands out names of its modules."""
        surface = surface_of(self._change.text(init, self._change.base))
        return surface is not None and bool(surface.imported or surface.stars or surface.exported)

    def _text(self, name: str) -> str:
        return self._change.text(f"{self._change.prefix}{name}", self._change.base) or ""

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(self._change.paths(self._change.base))

    @cached_property
    def _documents(self) -> str:
        """Everything the base says to people, and what it runs by name."""
        wanted = sorted(path for path in self._paths if _is_document(path))[:MOST_DOCUMENTS]
        return "\n".join(
            text.decode(errors="replace") for text in blobs(self._change, self._change.base, wanted).values()
        )


def dotted(inside: str) -> str:
    """The name by which a file of a project is imported.

    >>> dotted("src/shop/cart.py"), dotted("shop/__init__.py")
    ('shop.cart', 'shop')
    """
    return inside.removesuffix(".py").removesuffix("/__init__").removeprefix("src/").replace("/", ".")


def scripts_of(pyproject: str) -> Mapping[str, str]:
    """The commands that a pyproject.toml gives.

    >>> scripts_of('[project.scripts]\\nwheel = "wheel.cli:main"')
    {'wheel': 'wheel.cli:main'}
    """
    told = _read(pyproject)
    found = {**told.get("tool", {}).get("poetry", {}).get("scripts", {}), **told.get("project", {}).get("scripts", {})}
    return {name: str(target) for name, target in found.items()}


def _is_document(path: str) -> bool:
    place = PurePosixPath(path)
    is_log = place.stem.casefold().startswith(LOGS)
    is_run = place.name in ("Makefile", "Dockerfile", "Procfile", "docker-compose.yml", "justfile", "tox.ini")
    return is_run or (place.suffix in (".md", ".rst", ".adoc") and not is_log)


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
