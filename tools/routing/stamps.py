"""By what a file that was read is known to be the same: its path, its time of change and its size."""

from pathlib import Path

Stamp = tuple[str, int, int]


def stamp(path: Path) -> Stamp:
    """The stamp of a file; one that cannot be looked at has zeros."""
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size
