"""Which names of files an agent may speak of: beneath the workspace, never git's own, never one that fools a reader."""

import unicodedata

from graph.errors import BadInput

LONGEST = 1024
GIT = {".git", "git~1"}
"""The folder, and the short name Windows gives it."""
WORK = ".magnus-"
"""What our own files begin with while they are being written."""


def parts(path: str) -> tuple[str, ...]:
    """The names from the workspace down to a file; empty for the workspace itself. BadInput for any other path."""
    if len(path) > LONGEST:
        raise BadInput(f"The path has {len(path)} characters, and {LONGEST} is the most.")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in path):
        raise BadInput(f"The path {path!r} has a character that no name should have: rename the file in a command.")
    if path.startswith("/"):
        raise BadInput(f"{path} is a full path: name files from the top of the workspace, such as src/app.py.")
    names = tuple(name for name in path.split("/") if name not in ("", "."))
    if ".." in names:
        raise BadInput(f"{path} goes up with ..: name files from the top of the workspace, such as src/app.py.")
    if any(map(is_git_name, names)):
        raise BadInput(f"{path} belongs to git, which only Magnus itself may touch.")
    if any(name.startswith(WORK) for name in names):
        raise BadInput(f"{path} has a name that Magnus keeps for itself: choose one that does not begin with {WORK}.")
    return names


def is_git_name(name: str) -> bool:
    """Whether some file system takes this name for `.git`: other case, other letters, characters that do not show."""
    return any(_plain(piece) in GIT for piece in name.replace("\\", "/").split("/"))


def _plain(name: str) -> str:
    """As macOS and Windows read a name; whatever is behind a colon is a stream of the file before it."""
    shown = "".join(letter for letter in name if not _is_invisible(letter))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", shown).casefold())
    return folded.partition(":")[0].rstrip(". ")


def _is_invisible(letter: str) -> bool:
    """Format characters, joiners and variation selectors."""
    return unicodedata.category(letter) == "Cf" or letter == "\u034f" or "\ufe00" <= letter <= "\ufe0f"


def shown(path: str) -> str:
    """A path from the disk as text that any reader can take: what is no UTF-8 or no printable letter is escaped."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
