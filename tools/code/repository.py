"""The repository of a project: found, looked at, and told in one sentence why it cannot be worked on."""

import os
from dataclasses import dataclass
from pathlib import Path

from graph.errors import BadInput
from tools.code.git import Git, GitFailed, open_git

UNMERGED = {"DD", "AU", "UD", "UA", "DU", "AA", "UU"}
MOST_NAMED = 10
OWN_FOLDER = "/.specs/"


@dataclass(frozen=True)
class Repository:
    """A checkout as it is: its root, where git keeps it, the commit and branch ("" when detached) it stands on."""

    root: Path
    git_dir: Path
    common_dir: Path
    prefix: str
    head: str
    branch: str

    @property
    def name(self) -> str:
        return str(self.root)


@dataclass(frozen=True)
class Uncommitted:
    """What a checkout holds beside its last commit; ignored files do not count."""

    files: list[str]
    is_mid_merge: bool


def find_repository(project: Path) -> Repository:
    """The repository a folder belongs to; raises BadInput where nobody could work on it."""
    if not project.is_dir():
        raise BadInput(f"There is no folder {project}: name one with --project.")
    plain = Git(project.resolve())
    _refuse_what_is_no_checkout(plain)
    root, git_dir, common = (
        Path(plain.line("rev-parse", "--path-format=absolute", what))
        for what in ("--show-toplevel", "--git-dir", "--git-common-dir")
    )
    prefix = plain.line("rev-parse", "--show-prefix")
    git = open_git(root, git_dir)
    head = git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", may_end=(0, 1)).out.decode().strip()
    if not head:
        raise BadInput(f"{root} has no commit yet: commit something there first.")
    branch = os.fsdecode(git.run("symbolic-ref", "--quiet", "--short", "HEAD", may_end=(0, 1)).out).strip()
    return Repository(root, git_dir, common, prefix, head, branch)


def git_of(repository: Repository, held: int | None = None) -> Git:
    """Git for the person's own checkout: for reading it, and for making branches beside it."""
    return open_git(repository.root, repository.git_dir, held)


def uncommitted(repository: Repository) -> Uncommitted:
    """The files of the checkout that are not as the last commit has them; plans of Magnus do not count."""
    shown = ("--porcelain", "--no-renames", "--untracked-files=normal", "--ignore-submodules=dirty")
    entries = git_of(repository).fields("status", *shown, "-z")
    files = [entry[3:] for entry in entries if not (entry.startswith("??") and OWN_FOLDER in f"/{entry[3:]}")]
    return Uncommitted(files, any(entry[:2] in UNMERGED for entry in entries))


def peculiarities(repository: Repository) -> list[str]:
    """What will be different in a workspace of this repository, in sentences."""
    git = git_of(repository)
    said = []
    if submodules := _submodules(git):
        said.append(f"Submodules are empty in the workspace: {named(submodules)}.")
    if filters := _filters(git):
        said.append(
            f"Files of the filter {named(filters)} are as git stores them in the workspace, since filters do not run "
            "there; changes of them are left out."
        )
    return said


def named(files: list[str]) -> str:
    """The names for a sentence, not too many, and readable whatever bytes are in them."""
    shown = [file.encode(errors="surrogateescape").decode(errors="replace") for file in files[:MOST_NAMED]]
    rest = len(files) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _refuse_what_is_no_checkout(git: Git) -> None:
    try:
        is_checkout, is_bare = git.line("rev-parse", "--is-inside-work-tree", "--is-bare-repository").split("\n")
    except GitFailed as error:
        if "not a git repository" in error.complaint.lower():
            raise BadInput(
                f"{git.folder} is no git repository: run `git init` there and commit, or name another with --project."
            ) from error
        raise BadInput(f"{git.folder} cannot be worked on: {error}") from error
    if is_bare == "true":
        raise BadInput(f"{git.folder} is a bare repository: name a checkout of it with --project.")
    if is_checkout != "true":
        raise BadInput(f"{git.folder} lies inside .git: name the checkout with --project.")


def _submodules(git: Git) -> list[str]:
    if not git.knows("ls-files", "--error-unmatch", "--", ".gitmodules"):
        return []
    listed = git.run("config", "--blob", "HEAD:.gitmodules", "-z", "--get-regexp", r"\.path$", may_end=range(256))
    return [entry.partition("\n")[2] for entry in os.fsdecode(listed.out).split("\0")[:-1]]


def _filters(git: Git) -> list[str]:
    """The filters that the last commit's .gitattributes speak of."""
    pattern = ("--only-matching", "-h", "--no-line-number", "--no-column", "-I", "-E", "-e", r"filter=[^[:space:]]+")
    found = git.run("grep", "--no-textconv", *pattern, "HEAD", "--", "*.gitattributes", may_end=(0, 1))
    return sorted({line.partition("=")[2] for line in os.fsdecode(found.out).splitlines()})
