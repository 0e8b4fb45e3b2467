"""Writes a picture where the person wants it: a page that opens offline, or a PNG by way of a browser."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BROWSERS = (
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "chromium",
    "chromium-browser",
    "chromium-headless-shell",
    "microsoft-edge",
)
"""Chrome first: where both are, Chromium may be a snap, which cannot see the folder the page lies in."""
WIDTH = 1200
MARGIN = 8
"""Pixels that a browser leaves around the content of a page."""
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
    is_page = path.suffix.lower() == ".html"
    config = {"displaylogo": False, "displayModeBar": is_page}
    page = figure.to_html(include_plotlyjs=True, full_html=True, config=config)
    try:
        if is_page:
            path.write_text(page, encoding="utf-8")
        else:
            _photograph(page, path, int(figure.layout.height) + 2 * MARGIN, environ)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be written ({(error.strerror or 'unknown').lower()}).") from error


def _browser(environ: Mapping[str, str]) -> str:
    for name in BROWSERS:
        if found := shutil.which(name, path=environ.get("PATH", "")):
            return found
    raise Unavailable(
        "A PNG needs a browser to draw it, and neither Chromium nor Chrome is on the PATH: "
        "install one (on Debian: apt-get install chromium), or write an .html file instead."
    )


def _photograph(page: str, path: Path, height: int, environ: Mapping[str, str]) -> None:
    """Lets a browser without a window, a profile or a network draw the page."""
    with tempfile.TemporaryDirectory(prefix="magnus-picture-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.png"
        source.write_text(page, encoding="utf-8")
        flags = [*_flags(folder), f"--window-size={WIDTH},{height}", f"--screenshot={target}"]
        exit_code = _run([_browser(environ), *flags, source.as_uri()], environ, folder)
        if exit_code or not target.is_file():
            raise Unavailable(f"The browser drew nothing (exit {exit_code}): write an .html file instead.")
        path.write_bytes(target.read_bytes())


def _run(command: list[str], environ: Mapping[str, str], home: str) -> int:
    """The exit code of a browser that gets no key, no proxy and no home of the person's."""
    own = {"PATH": environ.get("PATH", ""), "HOME": home, "LANG": "C.UTF-8"}
    try:
        with subprocess.Popen(
            command,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as browser:
            try:
                return browser.wait(TIMEOUT_S)
            finally:
                _end(browser)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"The browser took over {TIMEOUT_S} s to draw: write an .html file instead.") from error
    except OSError as error:
        raise Unavailable(f"The browser cannot be started ({error.strerror}): write an .html file instead.") from error


def _end(browser: "subprocess.Popen[bytes]") -> None:
    """Ends one that still draws, with all its processes."""
    if browser.poll() is None:
        os.killpg(browser.pid, signal.SIGKILL)


def _flags(folder: str) -> list[str]:
    """A browser run by root has no sandbox of its own; it sees one page, which is ours."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [
        "--headless",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-proxy-server",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={folder}",
        f"--virtual-time-budget={DRAWING_MS}",
        *as_root,
    ]
