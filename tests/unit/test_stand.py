"""The place where gates run things."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Barrier
from time import monotonic
from typing import Any

from wheel_project import FILES, new_wheel_project

from tools.checks.stand import Stand
from tools.code.git import Git
from tools.code.git_process import Captured


@dataclass(frozen=True)
class Meeting(Git):
    """Git that ends each laying out of a tree only when another one has come as far."""

    barrier: Barrier = field(default_factory=lambda: Barrier(2, timeout=20))

    def run(self, *arguments: str, **options: Any) -> Captured:
        done = super().run(*arguments, **options)
        if arguments[0] == "checkout-index":
            self.barrier.wait()
        return done


def with_meeting(stand: Stand) -> Stand:
    git = stand.change.git
    known = {name: getattr(git, name) for name in Git.__dataclass_fields__}
    return replace(stand, change=replace(stand.change, git=Meeting(**known)))


def test_two_gates_may_lay_out_the_same_tree_at_once(tmp_path: Path) -> None:
    project = new_wheel_project(tmp_path / "wheel")
    with project.stand({"README.md": "# Puts\n"}) as plain, ThreadPoolExecutor(2) as pool:
        stand = with_meeting(plain)
        base = stand.change.base
        one, other = (pool.submit(stand.folder, base) for _ in range(2))
        assert one.result() == other.result()
        laid_out = {path.relative_to(one.result()).as_posix() for path in one.result().rglob("*") if path.is_file()}
        assert laid_out == set(FILES)
        assert [path.name for path in stand.scratch.iterdir() if path.is_dir()] == [one.result().name]


def test_the_clock_of_the_gates_runs_from_the_first_of_them(tmp_path: Path) -> None:
    with new_wheel_project(tmp_path / "wheel").stand({"README.md": "# Puts\n"}) as stand:
        assert replace(stand, review=()).began == stand.began <= monotonic()
