"""Which folders a Python needs to run in a box, where only the system is to be seen."""

import sys
from pathlib import Path

SYSTEM = (Path("/usr"), Path("/bin"), Path("/lib"))


def python_folders(prefix: Path = Path(sys.prefix)) -> tuple[Path, ...]:
    """An environment (`.venv`) and the installation it was made from, under each name they go by, to be read only."""
    named = (prefix, *_made_from(prefix))
    both = dict.fromkeys(place for one in named for place in (one.absolute(), one.resolve()))
    return tuple(place for place in both if place.is_dir() and not any(map(place.is_relative_to, SYSTEM)))


def _made_from(prefix: Path) -> tuple[Path, ...]:
    """What pyvenv.cfg calls `home` is the folder of the programs, one below the installation."""
    try:
        lines = (prefix / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    homes = (value.strip() for key, _, value in (line.partition("=") for line in lines) if key.strip() == "home")
    folders = tuple(Path(home).parent for home in homes)
    return tuple(folder for folder in folders if folder not in (Path("/"), prefix))
