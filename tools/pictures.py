"""Writes a picture where the person wants it: a page that opens offline, or a PNG by way of a browser."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
WIDTH = 1200
TIMEOUT_S = 60
DRAWING_MS = 10_000
"""How long a page may take to draw itself, in the browser's own time."""


def check_picture(path: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Raises with one sentence, before anything is computed, where no picture could be written to this file."""
    if path.suffix.lower() not in (".html", ".png"):
        raise BadInput(f"{path.name} is no picture Magnus can write: give a name that ends in .html or .png.")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"There is no folder for {path.name}: make it, or name another.")
    if path.is_dir():
        raise BadInput(f"{path.name} is a folder: name a file in it.")
    if path.suffix.lower() == ".png":
        _browser(environ)


def write_picture(figure: "Figure", path: Path, environ: Mapping[str, str] = os.environ) -> None:
    """The figure as a page that needs no network (.html, 5 MB), or as a PNG 1200 pixels wide."""
    check_picture(path, environ)
    page = figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False})
    try:
        if path.suffix.lower() == ".html":
            path.write_text(page, encoding="utf-8")
        else:
            _photograph(page, path, int(figure.layout.height), _browser(environ))
    except OSError as error:
        raise BadInput(f"{path.name} cannot be written ({(error.strerror or 'unknown').lower()}).") from error


def _browser(environ: Mapping[str, str]) -> str:
    for name in BROWSERS:
        if found := shutil.which(name, path=environ.get("PATH", "")):
            return found
    raise Unavailable("A PNG needs Chromium or Chrome on the PATH, and there is none: write an .html file instead.")


def _photograph(page: str, path: Path, height: int, browser: str) -> None:
    """Lets a browser without a window, a profile or a network draw the page."""
    with tempfile.TemporaryDirectory(prefix="magnus-picture-") as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.png"
        source.write_text(page, encoding="utf-8")
        command = [browser, *_flags(folder), f"--window-size={WIDTH},{height}", f"--screenshot={target}"]
        try:
            done = subprocess.run([*command, source.as_uri()], capture_output=True, timeout=TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"The browser took over {TIMEOUT_S} s to draw: write an .html file instead.") from error
        if done.returncode or not target.is_file():
            raise Unavailable(f"The browser drew nothing (exit {done.returncode}): write an .html file instead.")
        path.write_bytes(target.read_bytes())


def _flags(folder: str) -> list[str]:
    """A browser run by root has no sandbox of its own; it sees one page, which is ours."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [
        "--headless",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={folder}",
        f"--virtual-time-budget={DRAWING_MS}",
        *as_root,
    ]
