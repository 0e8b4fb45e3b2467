"""What a module offers to those who import it, read from its text: what it defines, and how each of it is called."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tools.checks.claims import Function, called
from tools.checks.test_census import parsed

Kind = Literal["function", "class", "value"]
FIELDS = {"dataclass", "define", "frozen", "mutable", "attrs"}
"""Decorators that make a constructor of the fields of a class."""
PLAIN_HOLDERS = {"functools", "contextlib", "typing", "typing_extensions", "abc", "warnings", "numba", "np", "st"}
REGISTERING = {"command", "group", "callback", "option", "argument", "fixture", "hookimpl", "task", "route"}
RECORDS = {"NamedTuple", "BaseModel", "BaseSettings"}
DEPRECATED = "deprecat"


@dataclass(frozen=True)
class Parameter:
    """One parameter: `place` counts from 0 where it may be given by position, `by_name` where its name may be said."""

    name: str
    place: int | None
    by_name: bool
    is_required: bool


@dataclass(frozen=True)
class Call:
    """How something is called; `more` and `named` say that it takes any further arguments, unnamed or named."""

    parameters: tuple[Parameter, ...] = ()
    more: bool = False
    named: bool = False

    def get(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((one for one in self.parameters if one.name == name), None)

    def at(self, place: int | None) -> Parameter | None:
        """The parameter that is given at this place."""
        return None if place is None else next((one for one in self.parameters if one.place == place), None)


@dataclass(frozen=True)
class Thing:
    """Something with a name. `call` is None where nobody can tell; `body` is its text without names and docstring."""

    name: str
    line: int
    kind: Kind
    call: Call | None = None
    is_async: bool = False
    is_property: bool = False
    is_deprecated: bool = False
    members: Mapping[str, "Thing"] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True)
class Surface:
    """All of a module: what it defines, and what it imports by which name: the dots, the module and the name there.

    `exported` is what `__all__` says, None where it does not say; `stars` are modules whose names it takes over.
    """

    things: Mapping[str, Thing]
    imported: Mapping[str, tuple[int, str, str | None]]
    stars: tuple[tuple[int, str], ...] = ()
    exported: frozenset[str] | None = None
    makes_names: bool = False

    @property
    def public(self) -> dict[str, Thing]:
        """What others may count on: what is exported, else all but values in small letters and private names."""
        named = self.exported
        return {
            name: thing
            for name, thing in self.things.items()
            if (name in named if named is not None else _is_public(thing))
        }


def _is_public(thing: Thing) -> bool:
    return not thing.name.startswith("_") and (thing.kind != "value" or not thing.name.islower())


def surface_of(text: str | None) -> Surface | None:
    """The surface of a module, None where its text is no Python."""
    tree = parsed(text) if text is not None else None
    if tree is None:
        return None
    things: dict[str, Thing] = {}
    imported: dict[str, tuple[int, str, str | None]] = {}
    stars: list[tuple[int, str]] = []
    for node in _statements(tree.body):
        things |= {one.name: one for one in _things(node)}
        for level, module, name, alias in _imports(node):
            if name == "*":
                stars.append((level, module))
            else:
                imported[alias] = (level, module, name)
    return Surface(things, imported, tuple(stars), _exported(tree), "__getattr__" in things)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those behind conditions too."""
    for node in body:
        yield node
        match node:
            case ast.If() | ast.For() | ast.While():
                yield from _statements([*node.body, *node.orelse])
            case ast.Try() | ast.TryStar():
                handlers = [one for handler in node.handlers for one in handler.body]
                yield from _statements([*handlers, *node.body, *node.orelse, *node.finalbody])
            case ast.With():
                yield from _statements(node.body)


def _imports(node: ast.stmt) -> Iterator[tuple[int, str, str | None, str]]:
    if isinstance(node, ast.ImportFrom):
        yield from ((node.level, node.module or "", one.name, one.asname or one.name) for one in node.names)
    elif isinstance(node, ast.Import):
        for one in node.names:
            top = one.name.partition(".")[0]
            yield 0, one.name if one.asname else top, None, one.asname or top


def _exported(tree: ast.Module) -> frozenset[str] | None:
    """What `__all__` lists, as far as it is written out."""
    found: set[str] | None = None
    for node in _statements(tree.body):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets):
            words = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
            found = (found or set()) | {one for one in words if isinstance(one, str)}
    return None if found is None else frozenset(found)


def _things(node: ast.stmt) -> Iterator[Thing]:
    if isinstance(node, Function):
        yield _function(node, is_method=False)
    elif isinstance(node, ast.ClassDef):
        yield _class(node)
    else:
        yield from (Thing(name, node.lineno, "value") for name in _assigned(node))


def _assigned(node: ast.stmt) -> Iterator[str]:
    """Names that a statement gives a value."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    if type(node).__name__ == "TypeAlias":
        targets = [node.name]  # type: ignore[attr-defined]
    for target in targets:
        yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store))


def _function(node: Function, *, is_method: bool) -> Thing:
    words = {called(one) for one in node.decorator_list}
    has_self = is_method and "staticmethod" not in words
    return Thing(
        node.name,
        node.lineno,
        "function",
        None if _is_registered(node) else call_of(node.args, has_self),
        isinstance(node, ast.AsyncFunctionDef),
        bool(words & {"property", "cached_property", "hybrid_property"}),
        _is_deprecated(node),
        body=_body(node),
    )


def _is_registered(node: Function) -> bool:
    """Whether a decorator hands it to somebody who calls it in a way of their own: a command, a route, a task."""
    named = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    return any(
        one.attr not in ("setter", "cache_data", "cache_resource") and ast.unparse(one.value) not in PLAIN_HOLDERS
        if isinstance(one, ast.Attribute)
        else called(one) in REGISTERING
        for one in named
    )


def _is_deprecated(node: Function | ast.ClassDef) -> bool:
    """Whether it tells its callers that it will go."""
    told = (ast.unparse(part).lower() for part in (*node.decorator_list, *node.body[:6]))
    return any(DEPRECATED in words for words in told)


def _body(node: Function) -> str:
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return ast.unparse(ast.Module(body=body, type_ignores=[]))


def call_of(given: ast.arguments, has_self: bool) -> Call:
    """How a function with these parameters is called; what begins with an underscore is nobody's business."""
    positional = [*given.posonlyargs, *given.args]
    first_default = len(positional) - len(given.defaults)
    found = [
        Parameter(one.arg, place - has_self, place >= len(given.posonlyargs), place < first_default)
        for place, one in enumerate(positional)
        if place >= has_self
    ]
    keyword = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    found += [Parameter(one.arg, None, True, default is None) for one, default in keyword]
    return Call(tuple(found), given.vararg is not None, given.kwarg is not None)


def _class(node: ast.ClassDef) -> Thing:
    members: dict[str, Thing] = {}
    for one in _statements(node.body):
        if isinstance(one, Function) and not _is_setter(one):
            members[one.name] = _function(one, is_method=True)
        elif isinstance(one, ast.ClassDef):
            members[one.name] = _class(one)
        else:
            members |= {name: Thing(name, one.lineno, "value") for name in _assigned(one)}
    bases = tuple(ast.unparse(one) for one in node.bases)
    made = members.get("__init__") or members.get("__new__")
    call = made.call if made else _of_fields(node)
    is_deprecated = any(DEPRECATED in ast.unparse(one).lower() for one in node.decorator_list)
    return Thing(
        node.name, node.lineno, "class", call, is_deprecated=is_deprecated, members=members, bases=bases,
        body="\n".join(sorted(members)),
    )  # fmt: skip


def _is_setter(node: Function) -> bool:
    return any(isinstance(one, ast.Attribute) and one.attr in ("setter", "deleter") for one in node.decorator_list)


def _of_fields(node: ast.ClassDef) -> Call | None:
    """The constructor of a class whose fields make one, as far as its own fields tell."""
    words = {called(one): ast.unparse(one) for one in node.decorator_list}
    is_record = any(called(one) in RECORDS for one in node.bases)
    if not (words.keys() & FIELDS or is_record) or len(node.bases) > is_record:
        return None
    is_by_name = any("kw_only=True" in text for text in words.values()) or any("Base" in called(x) for x in node.bases)
    found: list[Parameter] = []
    for one in node.body:
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
            continue
        value = ast.unparse(one.value) if one.value is not None else ""
        if "ClassVar" in ast.unparse(one.annotation) or "init=False" in value or one.target.id == "model_config":
            continue
        has_default = bool(value) and (not value.startswith(("field(", "Field(")) or "default" in value)
        found.append(Parameter(one.target.id, None if is_by_name else len(found), True, not has_default))
    return Call(tuple(found))
