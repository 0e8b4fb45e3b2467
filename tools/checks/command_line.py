"""The options and commands of the programs in some files, read from argparse, optparse, click, typer and sys.argv."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tools.checks.claims import Function, called
from tools.checks.test_census import parsed

PARSERS = {"add_argument", "add_option"}
COMMANDS = {"command", "group", "callback"}
PARAMETER_CALLS = {"Option", "Argument"}


@dataclass(frozen=True)
class Option:
    """One word a user may give to a command: an option like --json, or an argument, by its name.

    `command` is the subcommand it belongs to, "" for the program itself or where nobody can tell.
    """

    command: str
    name: str
    is_required: bool = False
    choices: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CommandLine:
    """The commands of some files and their options.

    `every` are all commands there are, `commands` those whose names users type: an only one has no need of its name.
    """

    options: tuple[Option, ...] = ()
    commands: frozenset[str] = frozenset()
    every: frozenset[str] = frozenset()

    def __add__(self, other: "CommandLine") -> "CommandLine":
        """Both together."""
        return CommandLine((*self.options, *other.options), self.commands | other.commands, self.every | other.every)

    def __sub__(self, other: "CommandLine") -> "CommandLine":
        """What the other one has not."""
        left = tuple(one for one in self.options if one not in other.options)
        return CommandLine(left, self.commands - other.commands, self.every - other.every)

    def find(self, wanted: Option) -> Option | None:
        """The same option of the same command, or one of which nobody can tell to which command it belongs."""
        same = [one for one in self.options if one.name == wanted.name]
        exact = [one for one in same if one.command == wanted.command]
        open_ones = [one for one in same if not one.command or not wanted.command]
        return next(iter([*exact, *open_ones]), None)


@dataclass
class _Found:
    options: list[Option] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)


def command_line(text: str | None) -> CommandLine:
    """All that users may say to the program in this file."""
    found = _Found()
    tree = parsed(text) if text else None
    if tree is not None:
        _read_functions(tree, found)
        _read_parsers(tree, found)
    every = frozenset(found.commands)
    if len(every) > 1:
        return CommandLine(tuple(dict.fromkeys(found.options)), every, every)
    return CommandLine(tuple(dict.fromkeys(map(_unscoped, found.options))), frozenset(), every)


def _unscoped(one: Option) -> Option:
    """An option of the only command there is, whose name nobody types."""
    return Option("", one.name, one.is_required, one.choices)


def _read_parsers(tree: ast.Module, found: _Found) -> None:
    """What argparse and optparse are told, and options that are looked up in sys.argv."""
    scopes = _subparsers(tree)
    found.commands += dict.fromkeys(scopes.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PARSERS:
            command = scopes.get(ast.unparse(node.func.value), "")
            found.options += _spelled(command, node)
        elif isinstance(node, ast.Compare) and any("sys.argv" in ast.unparse(one) for one in node.comparators):
            found.options += [Option("", word) for word in _texts([node.left]) if word.startswith("-")]


def _subparsers(tree: ast.Module) -> dict[str, str]:
    """The variables that hold the parser of a subcommand; one that is used for several belongs to none."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and called(node.value) == "add_parser":
            names = _texts(node.value.args[:1])
            for target in node.targets:
                variable = ast.unparse(target)
                found[variable] = names[0] if names and variable not in found else ""
    return {variable: name for variable, name in found.items() if name}


def _spelled(command: str, call: ast.Call) -> Iterator[Option]:
    """The options of one call: every spelling of it counts, of a click option those with a dash."""
    given = {one.arg: one.value for one in call.keywords}
    words = [word for text in _texts(call.args) for word in text.split("/")]
    dashed = [word.strip() for word in words if word.strip().startswith("-")]
    required = given.get("required")
    is_required = isinstance(required, ast.Constant) and required.value is True
    is_optional_place = ast.unparse(given["nargs"]) in ("'?'", "'*'") if "nargs" in given else "default" in given
    for word in dashed or words[:1]:
        yield Option(command, word, is_required if dashed else not is_optional_place, _choices(call, given))


def _choices(call: ast.Call, given: Mapping[str | None, ast.expr]) -> frozenset[str]:
    """The values that are allowed, where they are written out."""
    listed = given.get("choices")
    kind = given.get("type")
    if isinstance(kind, ast.Call) and called(kind) == "Choice" and kind.args:
        listed = kind.args[0]
    if not isinstance(listed, ast.List | ast.Tuple | ast.Set):
        return frozenset()
    return frozenset(str(one.value) for one in listed.elts if isinstance(one, ast.Constant))


def _texts(nodes: Iterable[ast.expr]) -> list[str]:
    return [one.value for one in nodes if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def _read_functions(tree: ast.Module, found: _Found) -> None:
    """What click and typer make of functions; decorators that stand in a function belong to nobody knows whom."""
    is_typer = any("typer" in ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    for node in ast.walk(tree):
        if not isinstance(node, Function):
            continue
        own = [one for one in node.decorator_list if called(one) in COMMANDS]
        if own and called(own[0]) == "command":
            found.commands.append(_command_name(node, own[0]))
        command = _command_name(node, own[0]) if own and called(own[0]) != "callback" else ""
        for one in node.decorator_list:
            if isinstance(one, ast.Call) and called(one) in ("option", "argument"):
                found.options += _spelled(command, one)
        if own and is_typer:
            found.options += _typer_options(command, node.args)
    decorators = {id(one) for node in ast.walk(tree) if isinstance(node, Function) for one in node.decorator_list}
    for node in ast.walk(tree):
        is_apart = isinstance(node, ast.Call) and id(node) not in decorators
        if isinstance(node, ast.Call) and is_apart and ast.unparse(node.func) in ("click.option", "click.argument"):
            found.options += _spelled("", node)


def _command_name(node: Function, decorator: ast.expr) -> str:
    given = _texts(decorator.args[:1]) if isinstance(decorator, ast.Call) else []
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    given += [text for one in keywords if one.arg == "name" for text in _texts([one.value])]
    return given[0] if given else node.name.replace("_", "-")


def _typer_options(command: str, given: ast.arguments) -> Iterator[Option]:
    """What typer makes of the parameters of a function."""
    positional = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults))
    defaults += given.defaults
    pairs = zip([*positional, *given.kwonlyargs], [*defaults, *given.kw_defaults], strict=True)
    for one, default in pairs:
        parts = [one.annotation, default]
        calls = [node for part in parts if part is not None for node in ast.walk(part) if isinstance(node, ast.Call)]
        told = next((call for call in calls if called(call) in PARAMETER_CALLS), None)
        if "Context" in (ast.unparse(one.annotation) if one.annotation else ""):
            continue
        words = [word for text in _texts(told.args if told else []) for word in text.split("/")]
        dashed = [word.strip() for word in words if word.strip().startswith("-")]
        is_option = called(told) == "Option" if told else default is not None
        name = one.arg.replace("_", "-")
        for word in (dashed or [f"--{name}"]) if is_option else [name]:
            yield Option(command, word, default is None or (default is told and _is_required(told)))


def _is_required(told: ast.Call | None) -> bool:
    """Whether typer is told by three dots that a value has to be given."""
    return told is not None and any(isinstance(one, ast.Constant) and one.value is ... for one in told.args[:1])


def lost_words(old: CommandLine, new: CommandLine) -> Iterator[str]:
    """A sentence for each command line that worked before and does not any more."""
    gone = old.commands - new.every
    for command in sorted(gone):
        yield f"the command {command} is gone"
    for one in old.options:
        if one.command in gone:
            continue
        now, place = new.find(one), f" of {one.command}" if one.command else ""
        word = one.name if one.name.startswith("-") else f"argument {one.name}"
        if now is None and one.name.startswith("-"):
            yield f"the option {word}{place} is gone"
        elif now is not None and now.is_required and not one.is_required:
            yield f"the {'option ' if one.name.startswith('-') else ''}{word}{place} has to be given now"
        elif now is not None and one.choices and now.choices and one.choices - now.choices:
            yield f"the {word}{place} does not take {', '.join(sorted(one.choices - now.choices))} any more"
    known = {(one.command, one.name) for one in old.options}
    for one in new.options:
        is_old = one.command in old.commands or (not one.command and bool(old.options))
        if one.is_required and is_old and (one.command, one.name) not in known and old.find(one) is None:
            yield from _newly_needed(one, old, new)


def _newly_needed(one: Option, old: CommandLine, new: CommandLine) -> Iterator[str]:
    """An argument that took the place of another one is no new one: nobody types its name."""
    if one.name.startswith("-"):
        yield f"the option {one.name} has to be given now"
        return
    places = [
        sum(not word.name.startswith("-") and word.command == one.command for word in line.options)
        for line in (old, new)
    ]
    if places[1] > places[0]:
        yield f"the argument {one.name} has to be given now"
