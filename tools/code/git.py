"""Git on the host: nothing that a repository says about itself is ever run."""

import os
import re
import shutil
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from graph.errors import Unavailable
from tools.code.git_process import Bounds, Captured, capture

OLDEST = (2, 38)
"""The first git that merges two trees without a checkout; what everything else here rests on is older."""
NAME, MAIL = "Magnus", "magnus@localhost"
LOOKING = Bounds(seconds=30, out_bytes=32_000_000)
WORKING = Bounds(seconds=300, out_bytes=32_000_000)

SETTLED = {
    "advice.addEmbeddedRepo": "false",
    "blame.ignoreRevsFile": "",
    "branch.autoSetupMerge": "false",
    "commit.gpgSign": "false",
    "core.alternateRefsCommand": "",
    "core.askPass": "",
    "core.checkStat": "default",
    "core.editor": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.pager": "cat",
    "core.quotePath": "false",
    "core.safecrlf": "false",
    "core.splitIndex": "false",
    "core.sshCommand": "false",
    "core.trustctime": "true",
    "core.untrackedCache": "false",
    "credential.helper": "",
    "diff.ignoreSubmodules": "dirty",
    "gc.auto": "0",
    "gpg.program": "false",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "log.mailmap": "false",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "merge.default": "text",
    "merge.renormalize": "false",
    "protocol.allow": "never",
    "safe.directory": "*",
    "sequence.editor": "false",
    "status.submoduleSummary": "false",
    "submodule.recurse": "false",
    "tag.gpgSign": "false",
}
"""What every call of git is told, whatever the repository's own configuration says."""

SWITCHES = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ASKPASS": "false",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_EDITOR": "false",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_SSH_COMMAND": "false",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "SSH_ASKPASS": "false",
    "TZ": "UTC",
    "GIT_AUTHOR_NAME": NAME,
    "GIT_AUTHOR_EMAIL": MAIL,
    "GIT_COMMITTER_NAME": NAME,
    "GIT_COMMITTER_EMAIL": MAIL,
}

PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=dirty")
"""For every command that compares: no program of the repository's shows a file or looks into a submodule."""

DRIVER = re.compile(r"(?P<kind>filter|merge)\.(?P<name>.*)\.[^.]*", re.DOTALL)
TEXT_MERGE = "git merge-file --marker-size=%L %A %O %B"
IDLE = {
    "filter": {"clean": "", "smudge": "", "process": "", "required": "false"},
    "merge": {"driver": TEXT_MERGE, "recursive": "text"},
}
"""What a filter or merge driver of the repository is replaced by: nothing, and git's own merge of text."""
PERSONAL = ("core.excludesfile", "core.autocrlf", "core.eol")
"""What of a person's own settings decides what counts as a change; it is kept where the repository is silent."""


class GitFailed(Unavailable):
    """Git did not do what it was asked."""

    def __init__(self, what: str, found: Captured) -> None:
        self.status, self.complaint = found.status, found.complaint
        self.why = (
            "it took too long" if found.status is None else _first_line(found.complaint) or f"exit {found.status}"
        )
        super().__init__(f"git {what} failed: {self.why}.")


@dataclass(frozen=True)
class Git:
    """Git in one folder. With `git_dir` the repository is that one, whatever `.git` somebody put into the folder.

    With `objects` what it makes goes into that folder, and the repository's own objects are only read.
    """

    folder: Path
    git_dir: Path | None = None
    index: Path | None = None
    held: int | None = None
    config: tuple[tuple[str, str], ...] = tuple(SETTLED.items())
    objects: Path | None = None
    own_objects: Path | None = None

    def run(
        self, *arguments: str, given: bytes = b"", may_end: Container[int | None] = (0,), bounds: Bounds = LOOKING
    ) -> Captured:
        """Call git; raises GitFailed where it ends in another way than it may, or is stopped by its time."""
        command = [program(), "--no-pager", *arguments]
        found = capture(command, self.folder, self.environ(), bounds, given, self.held)
        if found.status not in may_end and not found.is_cut:
            raise GitFailed(arguments[0], found)
        return found

    def line(self, *arguments: str, given: bytes = b"", bounds: Bounds = LOOKING) -> str:
        """What git says, without the end of the line."""
        return os.fsdecode(self.run(*arguments, given=given, bounds=bounds).out).removesuffix("\n")

    def fields(self, *arguments: str, given: bytes = b"", bounds: Bounds = LOOKING) -> list[str]:
        """What git says with -z, field by field; too much of it is an error, never a shorter list."""
        found = self.run(*arguments, given=given, bounds=bounds)
        if found.is_cut:
            raise GitFailed(arguments[0], replace(found, status=-1, complaint="there is too much of it"))
        return os.fsdecode(found.out).split("\0")[:-1]

    def knows(self, *arguments: str) -> bool:
        """Whether git ends with 0 rather than 1."""
        return self.run(*arguments, may_end=(0, 1)).status == 0

    def environ(self) -> dict[str, str]:
        """The environment of a call: nothing of this process's but its home, from where paths with ~ are read."""
        places = {"GIT_DIR": self.git_dir, "GIT_WORK_TREE": self.git_dir and self.folder, "GIT_INDEX_FILE": self.index}
        places["GIT_OBJECT_DIRECTORY"] = self.objects
        said = {"GIT_CONFIG_COUNT": str(len(self.config))}
        if self.own_objects:
            said["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = _quoted(self.own_objects)
        for number, (key, value) in enumerate(self.config):
            said |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return _home(os.environ) | SWITCHES | said | {name: str(path) for name, path in places.items() if path}


def making_objects_in(git: Git, folder: Path) -> Git:
    """The same git, which leaves the repository as it is: whatever it makes goes into `folder`."""
    own = git.line("rev-parse", "--path-format=absolute", "--git-path", "objects")
    return replace(git, objects=folder, own_objects=Path(own))


def open_git(folder: Path, git_dir: Path | None = None, held: int | None = None) -> Git:
    """Git for a repository, with every filter and merge driver that its configuration names put to rest."""
    plain = Git(folder, git_dir, held=held)
    own = plain.fields("config", "--list", "--name-only", "--includes", "-z")
    drivers = dict.fromkeys(f"{found['kind']}.{found['name']}" for key in own if (found := DRIVER.fullmatch(key)))
    resting = [(f"{driver}.{key}", value) for driver in drivers for key, value in IDLE[driver.split(".")[0]].items()]
    personal = [(key, value) for key, value in _personal(os.environ) if key not in own]
    return replace(plain, config=(*plain.config, *resting, *personal))


@cache
def program() -> str:
    """Where git is; raises Unavailable where there is none, or one too old to be told what it must not do."""
    found = shutil.which("git", path=_path(os.environ))
    if found is None:
        raise Unavailable("git is not installed: install git 2.38 or newer to work on a project.")
    said = capture([found, "version"], Path("/"), _home(os.environ) | SWITCHES, LOOKING).out.decode(errors="replace")
    numbers = re.search(r"(\d+)\.(\d+)", said)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise Unavailable(f"{said.strip() or found} is too old: install git 2.38 or newer to work on a project.")
    return found


def _personal(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """A person's own settings of these few names. Reading them runs nothing."""
    config = environ.get("GIT_CONFIG_GLOBAL")
    where = _home(environ) | SWITCHES
    del where["GIT_CONFIG_GLOBAL"]
    own = where | ({"GIT_CONFIG_GLOBAL": config} if config else {})
    command = [program(), "config", "--global", "--includes", "--list", "-z"]
    found = os.fsdecode(capture(command, Path("/"), own, LOOKING).out).split("\0")
    settings = dict(entry.partition("\n")[::2] for entry in found)
    return [(key, settings[key]) for key in PERSONAL if settings.get(key)]


def _quoted(path: Path) -> str:
    """A path for a list in which a colon would end it."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _home(environ: Mapping[str, str]) -> dict[str, str]:
    known = {name: environ[name] for name in ("HOME", "XDG_CONFIG_HOME") if environ.get(name)}
    return {"HOME": "/nonexistent"} | known | {"PATH": _path(environ)}


def _path(environ: Mapping[str, str]) -> str:
    """The folders programs are looked for in; none that depends on where we are, which could be a project."""
    places = environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(place for place in places if Path(place).is_absolute())


def _first_line(complaint: str) -> str:
    """The line that says why, without git's prefix; warnings may stand before it."""
    lines = complaint.splitlines()
    telling = [line for line in lines if line.startswith(("fatal: ", "error: "))] or lines
    return re.sub(r"^(fatal|error): ", "", telling[0]).rstrip(".")[:300] if telling else ""
