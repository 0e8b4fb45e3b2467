"""The order of stages: each after the one it names, else after the one before it in its file."""

from collections.abc import Iterator, Sequence

from prompts.front_matter import UnusableFile
from prompts.workflow import Stage


def in_order(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages as they are worked through; raises UnusableFile where `after` names nobody or goes in a circle."""
    names = [stage.name for stage in stages]
    for stage in stages:
        if stage.after and stage.after not in names:
            raise UnusableFile(f"has the stage {stage.name} after {stage.after}, which is no stage of it")
        if names.count(stage.name) > 1:
            raise UnusableFile(f"has two stages {stage.name}")
    followers = _followers(stages)
    ordered = list(_walk("", followers))
    if len(ordered) < len(stages):
        raise UnusableFile(f"has stages in a circle: {' → '.join(_circle(stages, ordered))}")
    return tuple(ordered)


def _followers(stages: Sequence[Stage]) -> dict[str, list[Stage]]:
    """By name: who comes right after a stage, those that ask for it first."""
    followers: dict[str, list[Stage]] = {}
    before = ""
    for stage in stages:
        if stage.after:
            followers.setdefault(stage.after, []).append(stage)
    for stage in stages:
        if not stage.after:
            followers.setdefault(before, []).append(stage)
            before = stage.name
    return followers


def _walk(name: str, followers: dict[str, list[Stage]]) -> Iterator[Stage]:
    for stage in followers.get(name, ()):
        yield stage
        yield from _walk(stage.name, followers)


def _circle(stages: Sequence[Stage], ordered: Sequence[Stage]) -> list[str]:
    """The names of a circle, the first repeated at the end."""
    before = {stage.name: stage.after for stage in stages if stage.after}
    name = next(stage.name for stage in stages if stage not in ordered)
    path: list[str] = []
    while name not in path:
        path.append(name)
        name = before[name]
    return [name, *reversed(path[path.index(name) :])]
