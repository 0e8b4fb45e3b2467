"""Where the modules of a project lie, and what its imports mean there."""

import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

MODULES = (".py", ".pyi", ".pyx", ".so", ".pyd")
"""What can be imported; where a name has several, the first of these is taken."""
USUAL_ROOTS = ("", "src/", "lib/", "python/")


@dataclass(frozen=True)
class Import:
    """One name that a file imports: `level` counts the dots, `name` is None for `import module`.

    `lazy` says that it stands in a function; `guard` what may keep it from running: "try", "if", "typing", "main", "".
    """

    line: int
    level: int
    module: str
    name: str | None
    alias: str
    lazy: bool
    guard: str

    @property
    def key(self) -> tuple[int, str, str | None]:
        """What is imported, wherever it stands."""
        return self.level, self.module, self.name

    def __str__(self) -> str:
        """
        >>> str(Import(1, 2, "cart", "total", "total", False, ""))
        'from ..cart import total'
        """
        module = "." * self.level + self.module
        return f"import {module}" if self.name is None else f"from {module} import {self.name}"


@dataclass(frozen=True)
class Layout:
    """The modules of a tree by path without suffix, `folders` that hold some, and `roots` where names begin."""

    modules: Mapping[str, str]
    folders: frozenset[str]
    roots: tuple[str, ...]
    top: str

    def find(self, dotted: str, near: str) -> str:
        """The file of a module seen from another one, or its folder with a slash; "" where there is none."""
        inner = dotted.replace(".", "/")
        found = (self.at(root + inner) for root in (*self.roots, *above(near, self.top)))
        return next(filter(None, found), "")

    def at(self, stem: str) -> str:
        """The package, module or folder of modules with this path."""
        if package := self.modules.get(f"{stem}/__init__"):
            return package
        return self.modules.get(stem) or (f"{stem}/" if stem in self.folders else "")

    def target(self, one: Import, near: str) -> str:
        """What an import's module is in this project, as `find` says it."""
        if not one.level:
            return self.find(one.module, near)
        folder = PurePosixPath(near).parent
        for _ in range(one.level - 1):
            if folder == PurePosixPath("."):
                return ""
            folder = folder.parent
        stem = (folder / one.module.replace(".", "/")).as_posix() if one.module else folder.as_posix()
        return self.at(stem) or (f"{stem}/" if not one.module else "")

    def submodule(self, target: str, name: str) -> str:
        """The module of that name in a package or folder, or ""."""
        folder = target.rstrip("/") if target.endswith("/") else PurePosixPath(target).parent.as_posix()
        is_package = target.endswith("/") or PurePosixPath(target).stem == "__init__"
        stem = name if folder in (".", "") else f"{folder}/{name}"
        return self.at(stem) if is_package else ""

    def has_top(self, dotted: str, near: str) -> bool:
        """Whether the first part of a name is of this project."""
        return bool(self.find(dotted.partition(".")[0], near))

    def has_somewhere(self, dotted: str) -> bool:
        """Whether any folder of the project has such a module, for projects that make their own path."""
        inner = "/" + dotted.replace(".", "/")
        return any(f"/{stem}".endswith((inner, f"{inner}/__init__")) for stem in self.modules)


def layout_of(paths: Iterable[str], roots: Iterable[str], top: str) -> Layout:
    """The layout of a tree with these files; `top` is the folder of the project, with its slash, or ""."""
    modules: dict[str, str] = {}
    folders = set()
    for suffix in MODULES:
        for path in paths:
            if path.endswith(suffix):
                folder, _, name = path.rpartition("/")
                modules.setdefault(f"{folder}/{name.split('.')[0]}".lstrip("/"), path)
                folders |= {one.rstrip("/") for one in above(path, "")} - {""}
    return Layout(modules, frozenset(folders), tuple(dict.fromkeys(top + root for root in roots)), top)


def above(path: str, top: str) -> list[str]:
    """The folders of a file from its own up to the top, each with a slash.

    >>> above("src/shop/cart.py", "")
    ['src/shop/', 'src/', '']
    """
    parents = [f"{one.as_posix()}/" if one.name else "" for one in PurePosixPath(path).parents]
    return [one for one in parents if one.startswith(top)]


def roots_of(pyproject: str) -> list[str]:
    """Where names of modules begin in a project, from its folder: the usual places and those its settings name."""
    told = list(USUAL_ROOTS)
    with suppress(tomllib.TOMLDecodeError):
        tool = tomllib.loads(pyproject).get("tool", {})
        setuptools = tool.get("setuptools", {})
        told += _words(setuptools.get("package-dir", {}).get("", []))
        packages = setuptools.get("packages", {})
        told += _words(packages.get("find", {}).get("where", [])) if isinstance(packages, dict) else []
        told += _words(tool.get("pytest", {}).get("ini_options", {}).get("pythonpath", []))
    cleaned = ("" if one.strip("./") == "" else one.strip().removeprefix("./").rstrip("/") + "/" for one in told)
    return [one for one in dict.fromkeys(cleaned) if not one.startswith(("/", ".."))]


def _words(value: object) -> list[str]:
    return value.split() if isinstance(value, str) else [str(one) for one in value] if isinstance(value, list) else []


def dotted_name(path: str, layout: Layout) -> tuple[str, bool]:
    """The name a file is imported by, and whether packages hold it all the way up.

    >>> dotted_name("src/shop/cart.py", layout_of(["src/shop/__init__.py", "src/shop/cart.py"], ["", "src/"], ""))
    ('shop.cart', True)
    """
    stem = path.rsplit(".", 1)[0].removesuffix("/__init__")
    folder = stem.rpartition("/")[0] if not path.endswith("/__init__.py") else stem
    top = folder
    while top and f"{top}/__init__" in layout.modules:
        top = top.rpartition("/")[0]
    if top != folder or path.endswith("/__init__.py"):
        name = stem.removeprefix(f"{top}/" if top else "")
        return name.replace("/", "."), all(part.isidentifier() for part in name.split("/"))
    root = max((one for one in layout.roots if path.startswith(one)), key=len, default="")
    name = stem.removeprefix(root)
    return ".".join(part if part.isidentifier() else "_" for part in name.split("/")), False


def import_root(path: str, layout: Layout) -> str:
    """The folder, with a slash, that has to be on the path for a file to be imported by its name."""
    folder = PurePosixPath(path).parent.as_posix()
    while folder not in ("", ".") and f"{folder}/__init__" in layout.modules:
        folder = PurePosixPath(folder).parent.as_posix()
    return "" if folder in ("", ".") else f"{folder}/"
