"""Files beneath a workspace: whatever is named, and whatever is swapped meanwhile, nothing outside is met."""

import ctypes
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from graph.errors import BadInput
from tools.code.beneath import Beneath
from tools.code.names import WORK, shown
from tools.code.opening import Way, best_way, open_beneath

SECRET = b"hunter2"
RACE_S = 1.0
AT_FDCWD, RENAME_EXCHANGE = -100, 2


@pytest.fixture(params=["openat2", "walk"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Beneath:
    """A workspace next to a secret, opened in each of the two ways."""
    (tmp_path / "workspace" / "src").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_bytes(SECRET)
    if request.param == "openat2" and best_way() != "openat2":
        pytest.skip("this kernel has no openat2")
    return Beneath(tmp_path / "workspace", request.param)


def outside(place: Beneath) -> Path:
    return place.root.parent / "outside"


def test_the_kernel_of_linux_is_asked_for_all_of_a_path_at_once() -> None:
    assert best_way() == ("openat2" if Path("/proc/version").exists() else "walk")


def test_what_is_written_is_read_back(place: Beneath) -> None:
    assert place.write("src/deep/er/app.py", b"one\n") is True
    assert place.write("./src//deep/er/app.py", b"two\n") is False
    assert place.read("src/deep/er/app.py", 100) == b"two\n"


@pytest.mark.parametrize(
    "path", ["../outside/secret", "src/../../outside/secret", "src/..", "..", "/etc/passwd", "//x"]
)
def test_a_path_that_could_lead_out_is_refused(place: Beneath, path: str) -> None:
    for attempt in (lambda: place.read(path, 100), lambda: place.write(path, b""), lambda: place.delete(path)):
        with pytest.raises(BadInput, match=r"name files from the top of the workspace"):
            attempt()
    assert (outside(place) / "secret").read_bytes() == SECRET


@pytest.mark.parametrize("target", ["../outside", "/proc/self/root/etc", "src"])
def test_a_symbolic_link_on_the_way_is_refused(place: Beneath, target: str) -> None:
    (place.root / "link").symlink_to(target)
    attempts = (
        lambda: place.read("link/secret", 100),
        lambda: place.write("link/new", b""),
        lambda: place.write("link/new/er", b""),
        lambda: place.delete("link/secret"),
        lambda: place.entries("link"),
    )
    for attempt in attempts:
        with pytest.raises(BadInput, match="symbolic link"):
            attempt()
    assert [path.name for path in outside(place).iterdir()] == ["secret"]


def test_a_file_that_is_a_symbolic_link_is_neither_read_nor_written(place: Beneath) -> None:
    (place.root / "link").symlink_to("../outside/secret")
    for attempt in (lambda: place.read("link", 100), lambda: place.write("link", b"x")):
        with pytest.raises(BadInput, match="symbolic link: name the file it leads to"):
            attempt()
    assert (outside(place) / "secret").read_bytes() == SECRET


def test_deleting_a_symbolic_link_leaves_what_it_leads_to(place: Beneath) -> None:
    (place.root / "link").symlink_to("../outside/secret")
    place.delete("link")
    assert (outside(place) / "secret").read_bytes() == SECRET
    assert not (place.root / "link").is_symlink()


@contextmanager
def swapping(folder: Path, target: str) -> Iterator[None]:
    """Meanwhile `folder` is now itself, now a symbolic link that leads out."""
    stop, link = Event(), folder.with_name("link")
    link.symlink_to(target)
    exchange = ctypes.CDLL(None, use_errno=True).renameat2
    paths = (os.fsencode(folder), os.fsencode(link))

    def swap() -> None:
        while not stop.is_set():
            assert exchange(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) == 0

    thread = Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_link_swapped_in_while_reading_never_shows_what_is_outside(place: Beneath) -> None:
    place.write("src/secret", b"ours")
    seen: set[bytes] = set()
    refused = 0
    with swapping(place.root / "src", "../outside"):
        until = time.monotonic() + RACE_S
        while time.monotonic() < until:
            try:
                seen.add(place.read("src/secret", 100))
            except BadInput:
                refused += 1
    assert seen == {b"ours"}
    assert refused


def test_a_link_swapped_in_while_writing_never_changes_what_is_outside(place: Beneath) -> None:
    place.write("src/secret", b"ours")
    written = 0
    with swapping(place.root / "src", "../outside"):
        until = time.monotonic() + RACE_S
        while time.monotonic() < until:
            try:
                place.write("src/secret", b"%d" % written)
                written += 1
            except BadInput:
                continue
    assert written
    assert [(path.name, path.read_bytes()) for path in outside(place).iterdir()] == [("secret", SECRET)]


def test_writing_one_name_of_a_file_leaves_its_other_name_outside_alone(place: Beneath) -> None:
    (place.root / "twin").hardlink_to(outside(place) / "secret")
    place.write("twin", b"changed")
    assert (outside(place) / "secret").read_bytes() == SECRET
    assert place.read("twin", 100) == b"changed"
    assert (place.root / "twin").stat().st_nlink == 1


def test_a_pipe_is_refused_and_does_not_hold_us_up(place: Beneath) -> None:
    os.mkfifo(place.root / "pipe")
    for attempt in (
        lambda: place.read("pipe", 100),
        lambda: place.write("pipe", b"x"),
        lambda: place.move("pipe", "p"),
    ):
        with pytest.raises(BadInput, match="pipe is no regular file"):
            attempt()


def test_a_socket_is_refused(place: Beneath) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place.root / "s"))
        for attempt in (lambda: place.read("s", 100), lambda: place.write("s", b"x")):
            with pytest.raises(BadInput, match="s is no regular file"):
                attempt()


@pytest.mark.parametrize("root", ["/proc/self", "/dev", "/sys"])
def test_a_workspace_is_no_folder_of_the_kernel(root: str) -> None:
    with pytest.raises(BadInput, match="no place for a workspace"):
        Beneath(Path(root)).read("environ", 1000)


def test_a_file_is_replaced_whole_or_not_at_all(place: Beneath) -> None:
    place.write("app.py", b"old")
    watched = os.open(place.root / "app.py", os.O_RDONLY)
    place.write("app.py", b"new and longer")
    assert os.read(watched, 100) == b"old"
    os.close(watched)
    assert [path.name for path in place.root.iterdir() if path.name.startswith(WORK)] == []


def test_a_write_that_fails_leaves_the_old_file_and_no_other(place: Beneath, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    place.write("app.py", b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match="the disk is full"):
        place.write("app.py", b"new")
    assert {path.name: path.is_dir() or path.read_bytes() for path in place.root.iterdir()} == {
        "app.py": b"old",
        "src": True,
    }


def test_a_program_stays_executable(place: Beneath) -> None:
    place.write("run", b"#!/bin/sh\n")
    (place.root / "run").chmod(0o755)
    place.write("run", b"#!/bin/sh\ntrue\n")
    assert (place.root / "run").stat().st_mode & 0o777 == 0o755


def test_a_file_larger_than_asked_for_is_not_read(place: Beneath) -> None:
    place.write("large", b"x" * 11)
    with pytest.raises(BadInput, match="large has 11 bytes, and 10 is the most"):
        place.read("large", 10)


def test_a_folder_lists_what_is_in_it_but_git_and_our_own_work(place: Beneath) -> None:
    for name in ("b.py", f"{WORK}1234"):
        (place.root / name).write_bytes(b"12")
    (place.root / ".git").mkdir()
    (place.root / "a").symlink_to("b.py")
    os.mkfifo(place.root / "c")
    found = [(one.path, one.kind, one.size) for one in place.entries()]
    assert found == [("a", "link", 0), ("b.py", "file", 2), ("c", "other", 0), ("src", "folder", 0)]


def test_a_name_that_is_no_text_is_shown_and_cannot_hide(place: Beneath) -> None:
    (place.root / os.fsdecode(b"bad\xff")).write_bytes(b"")
    (place.root / "two\nlines").write_bytes(b"")
    assert [shown(one.path) for one in place.entries() if one.kind == "file"] == [r"bad\xff", r"two\nlines"]


def test_moving_keeps_the_content_and_takes_no_other_name_away(place: Beneath) -> None:
    place.write("a", b"A")
    place.write("b", b"B")
    with pytest.raises(BadInput, match="b is there already"):
        place.move("a", "b")
    place.move("a", "new/c")
    assert (place.read("new/c", 9), place.read("b", 9)) == (b"A", b"B")


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (lambda place: place.read("nowhere", 9), "nowhere is not there."),
        (lambda place: place.read("src", 9), "src is a folder."),
        (lambda place: place.write("src", b""), "src is a folder."),
        (lambda place: place.write("file/x", b""), "file/x is or lies below a file, and a folder was expected."),
        (lambda place: place.delete("nowhere"), "nowhere is not there."),
        (lambda place: place.delete(""), "This is the workspace itself: name a file in it."),
        (lambda place: place.delete("full"), "full is a folder with something in it: delete what is in it first."),
        (lambda place: place.move("nowhere", "x"), "nowhere is not there."),
        (lambda place: place.move("full", "full/y"), "full/y cannot be moved into itself."),
        (lambda place: place.entries("file"), "file is or lies below a file, and a folder was expected."),
        (lambda place: place.write("x" * 300, b""), f"The name {'x' * 300} is too long."),
        (lambda place: place.write(".magnus-x", b""), "that Magnus keeps for itself"),
        (lambda place: Beneath(place.root / "gone").read("x", 1), "cannot be opened: no such file or directory."),
    ],
)
def test_a_refusal_is_one_sentence(place: Beneath, action: object, said: str) -> None:
    place.write("file", b"")
    place.write("full/x", b"")
    with pytest.raises(BadInput) as refused:
        action(place)  # type: ignore[operator]
    assert said in str(refused.value)


@pytest.mark.parametrize("way", ["openat2", "walk"])
def test_no_descriptor_is_left_open(tmp_path: Path, way: Way) -> None:
    place = Beneath(tmp_path, way)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    (tmp_path / "link").symlink_to("..")
    for attempt in ("a/b", "a/b", "link/x", "nowhere", "a"):
        for action in (lambda path=attempt: place.write(path, b""), lambda path=attempt: place.read(path, 9)):  # type: ignore[misc]
            try:
                action()
            except BadInput:
                continue
    root = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(OSError, match="link"):
        open_beneath(root, ("link", "x"), os.O_RDONLY, way)
    os.close(root)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
