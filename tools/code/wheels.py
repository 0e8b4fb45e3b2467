"""Wheels of pinned packages: fetched on the host, where nothing of theirs runs, and installed in the box, offline.

Only wheels are taken, never a source: building one would run its code. Where they come from is what the person's own
pip is set to.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from graph.errors import BadInput, Unavailable
from tools.code.beneath import Beneath
from tools.code.git_process import Bounds, capture
from tools.code.interpreters import python_folders
from tools.code.limits import Ran
from tools.code.sandbox import Sandbox

OWN = Path(sys.prefix)
INDEX = Bounds(seconds=300, out_bytes=8_000_000)
INSTALLING_S = 300
ONLY_WHEELS = ("--only-binary", ":all:")
PINS = "pins.txt"
SITE, FETCHED = Path("/wheels/site"), Path("/wheels/fetched")
"""Where installed and fetched packages lie in the box."""
NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,80}[A-Za-z0-9])?"
EXTRAS = r"(?:\[[A-Za-z0-9._, -]{1,200}\])?"
MARKER = r"(?:\s*;[\w\s.,'\"<>=!()~-]{1,300}?)?"
PIN = re.compile(rf"({NAME}){EXTRAS}\s*==\s*([\w.!+-]{{1,60}}){MARKER}((?:\s+--hash=sha256:[0-9a-f]{{64}})+)")
WANTED = re.compile(rf"{NAME}{EXTRAS}(?:\s*(?:===?|>=|<=|~=|!=|<|>)\s*[\w.!+*-]{{1,60}}(?:\s*,|$)?)*")
ADDRESS = re.compile(r"\S+://\S+|\S+@\S+")
KEPT = ("PIP_", "SSL_CERT_", "REQUESTS_CA_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "XDG_", "LANG")
MOST_PINS = 300
LASTS_S = 30 * 86_400
LARGEST = 1_000_000
FILES = ("*requirements*.txt", "requirements/*.txt", "constraints*.txt")
"""Where a project may have its pins."""


@dataclass(frozen=True)
class Wheels:
    """Where installed packages are kept, each set under the digest of its pins, and for which Python."""

    home: Path
    sandbox: Sandbox
    prefix: Path = OWN

    def site(self, pins: Sequence[str]) -> Path | None:
        """The folder in which these pins are installed; None where nobody did that yet."""
        found = self.home / self._digest(pins) / "site"
        return found if found.is_dir() else None

    def install(self, pins: Sequence[str]) -> Ran:
        """Fetch what is pinned and install it in the box; a run that failed says why, and leaves nothing.

        What nobody installed anew for a month goes. Raises Unavailable where there is no box or nothing can be fetched.
        """
        if self.sandbox.mode == "off":
            raise Unavailable("Packages are installed in the sandbox only, and it is off.")
        self._tidy()
        making = self.home / f"{uuid4().hex}.new"
        (making / "site").mkdir(parents=True)
        (making / "fetched").mkdir()
        try:
            (making / PINS).write_text("\n".join(pins) + "\n", encoding="utf-8")
            words = ("download", "--no-deps", "--require-hashes", "--dest", str(making / "fetched"))
            _pip((*words, *self._for_python(), "--requirement", str(making / PINS)), making)
            ran = self._installed(making)
            if ran.exit_code == 0:
                shutil.rmtree(self.home / self._digest(pins), ignore_errors=True)
                making.rename(self.home / self._digest(pins))
        finally:
            shutil.rmtree(making, ignore_errors=True)
        return ran

    def pinned(self, wanted: Sequence[str]) -> list[str]:
        """The newest releases that satisfy these, with all they need in turn, each as a line with version and hash."""
        for one in wanted:
            if not WANTED.fullmatch(one.strip()):
                raise BadInput(f"{one!r:.80} is no package with versions, such as httpx>=0.27,<1.")
        if not wanted or len(wanted) > MOST_PINS:
            raise BadInput(f"Name 1 to {MOST_PINS} packages.")
        with TemporaryDirectory(prefix="magnus-pins-") as scratch:
            (Path(scratch) / "wanted.txt").write_text("\n".join(wanted) + "\n", encoding="utf-8")
            words = ("install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-", "--target", scratch)
            said = _pip((*words, *self._for_python(), "--requirement", f"{scratch}/wanted.txt"), Path(scratch))
        return sorted(_line(one) for one in json.loads(said)["install"])

    def _tidy(self) -> None:
        """Without old sets, and without what a killed process left half done."""
        for path in self.home.glob("*"):
            if time.time() - path.stat().st_mtime > LASTS_S:
                shutil.rmtree(path, ignore_errors=True)

    def _installed(self, making: Path) -> Ran:
        python = str(OWN / "bin" / "python")
        other = () if self.prefix == OWN else ("--python", str(self.prefix / "bin" / "python"))
        words = ("install", "--no-index", "--find-links", str(FETCHED), "--no-deps", "--require-hashes")
        pythons = [folder for prefix in (self.prefix, OWN) for folder in python_folders(prefix)]
        return self.sandbox.run(
            [python, "-m", "pip", *other, *QUIETLY, *words, *ONLY_WHEELS, "--target", str(SITE), "-r", f"/{PINS}"],
            cwd=SITE,
            writable=[making / "site"],
            read_only=[*dict.fromkeys(pythons), making / "fetched", making / PINS],
            mounts={making / "site": SITE, making / "fetched": FETCHED, making / PINS: Path(f"/{PINS}")},
            timeout_s=INSTALLING_S,
        )

    def _for_python(self) -> tuple[str, ...]:
        """What pip has to be told where the project has another Python than Magnus."""
        version = python_version(self.prefix)
        return ONLY_WHEELS if version == python_version(OWN) else (*ONLY_WHEELS, "--python-version", version)

    def _digest(self, pins: Sequence[str]) -> str:
        told = json.dumps([python_version(self.prefix), *sorted(pins)])
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def site_for(wheels: Wheels, folder: Path) -> Path | None:
    """What is installed for the pins of a project as its files are now; None where none of them has that."""
    if not wheels.home.is_dir():
        return None
    for path in sorted(one for pattern in FILES for one in folder.glob(pattern)):
        try:
            text = Beneath(folder).read(path.relative_to(folder).as_posix(), LARGEST)
            if site := wheels.site(pins_in(text.decode(errors="replace"))):
                return site
        except BadInput:
            continue
    return None


QUIETLY = ("--disable-pip-version-check", "--no-input", "--no-color", "--no-cache-dir")


def pins_in(text: str) -> list[str]:
    """The pins of a requirements file, one a line; raises BadInput where a line is anything else.

    >>> pins_in("wheel==1.0 \\\\\\n  --hash=sha256:" + "a" * 64)[0][:31]
    'wheel==1.0 --hash=sha256:aaaaaa'
    """
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in re.sub(r"\\\r?\n", " ", text).splitlines())
    pins = [" ".join(line.split()) for line in lines if line]
    for pin in pins:
        if not PIN.fullmatch(pin):
            raise BadInput(f"{pin[:80]!r} is no pinned package: write name==version --hash=sha256:..., one a line.")
    if not pins or len(pins) > MOST_PINS:
        raise BadInput(f"There have to be 1 to {MOST_PINS} pinned packages.")
    return pins


def python_version(prefix: Path) -> str:
    """Of a Python environment, as 3.12; that of Magnus where it does not say.

    >>> python_version(OWN) == f"{sys.version_info.major}.{sys.version_info.minor}"
    True
    """
    try:
        said = (prefix / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        said = ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", said, re.MULTILINE)
    return found[1] if found and prefix != OWN else f"{sys.version_info.major}.{sys.version_info.minor}"


def _line(one: Mapping[str, object]) -> str:
    found = json.loads(json.dumps(one))
    name, version = found["metadata"]["name"], found["metadata"]["version"]
    line = f"{name}=={version} --hash=sha256:{found['download_info']['archive_info']['hashes']['sha256']}"
    return pins_in(line)[0]


def _pip(words: Sequence[str], folder: Path) -> str:
    """What pip says on the host, with the person's own settings of it; raises Unavailable with its last complaint."""
    environ = {name: value for name, value in os.environ.items() if name.upper().startswith(KEPT)}
    environ |= {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
    found = capture([sys.executable, "-m", "pip", *QUIETLY, *words], folder, environ, INDEX)
    if found.status == 0:
        return found.out.decode(errors="replace")
    lines = [line for line in found.complaint.splitlines() if line.startswith("ERROR")] or ["it did not end in time"]
    if "No module named pip" in found.complaint:
        lines = ["it is missing in the environment of Magnus"]
    raise Unavailable(f"pip could not fetch them: {ADDRESS.sub('[address]', lines[-1].removeprefix('ERROR: '))[:300]}")
