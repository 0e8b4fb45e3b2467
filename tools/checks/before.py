"""The changed files as they were: read from git in one go, and laid down where a tool can look at them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tools.checks.change import LARGEST_BLOB, Change, ChangedFile
from tools.checks.stand import Stand
from tools.code.git import WORKING


@dataclass(frozen=True)
class Before:
    """Old versions by the new path of their file; `places` are where they lie, under names that mean nothing."""

    folder: Path
    texts: Mapping[str, str]
    places: Mapping[str, Path]


def blobs(change: Change, tree: str, paths: Iterable[str]) -> dict[str, bytes]:
    """The content of files of a tree; one that is not there, or too large to be code, is left out."""
    wanted = list(dict.fromkeys(paths))
    asked = b"".join(f"{tree}:{path}".encode(errors="surrogateescape") + b"\0" for path in wanted)
    said = change.git.run("cat-file", "--batch", "-z", given=asked, bounds=WORKING).out
    found, place = {}, 0
    for path in wanted:
        end = said.find(b"\n", place)
        words = said[place:end].split(b" ")
        place = end + 1
        if words[-1] == b"missing":
            continue
        size = int(words[-1])
        if words[-2] == b"blob" and size <= LARGEST_BLOB:
            found[path] = said[place : place + size]
        place += size + 1
    return found


def lay_out_before(stand: Stand, files: Iterable[ChangedFile]) -> Before:
    """The old versions of changed files in a folder of the scratch."""
    changed = [one for one in files if one.how != "A"]
    old = blobs(stand.change, stand.change.base, (one.old_path for one in changed)) if changed else {}
    folder = stand.scratch / f"before-{uuid4().hex[:8]}"
    folder.mkdir()
    texts, places = {}, {}
    for number, one in enumerate(changed):
        if one.old_path in old:
            places[one.path] = folder / f"{number}{Path(one.old_path).suffix}"
            places[one.path].write_bytes(old[one.old_path])
            texts[one.path] = old[one.old_path].decode(errors="replace")
    return Before(folder, texts, places)


def text_now(stand: Stand, path: str) -> str:
    """What a file of the new tree holds; "" for one that is a link, is not there, or is no text."""
    place = stand.folder(stand.change.tree) / path
    if place.is_symlink() or not place.is_file() or place.stat().st_size > LARGEST_BLOB:
        return ""
    held = place.read_bytes()
    return "" if b"\0" in held else held.decode(errors="replace")
