"""What a project says it needs: the packages of pyproject.toml, requirements and lock files, with their versions."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = re.compile(r"(requirements|constraints)[\w.-]*\.(txt|in)|[\w.-]*requirements\.(txt|in)")
LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
OTHER_NAMES = {
    "attr": "attrs", "bs4": "beautifulsoup4", "cv2": "opencv-python", "dateutil": "python-dateutil",
    "docx": "python-docx", "dotenv": "python-dotenv", "fitz": "pymupdf", "git": "gitpython", "google": "protobuf",
    "jose": "python-jose", "jwt": "pyjwt", "MySQLdb": "mysqlclient", "nacl": "pynacl", "OpenSSL": "pyopenssl",
    "PIL": "pillow", "pkg_resources": "setuptools", "pptx": "python-pptx", "psycopg2": "psycopg2-binary",
    "serial": "pyserial", "skimage": "scikit-image", "sklearn": "scikit-learn", "slugify": "python-slugify",
    "socks": "pysocks", "telegram": "python-telegram-bot", "usb": "pyusb", "websocket": "websocket-client",
    "yaml": "pyyaml", "zmq": "pyzmq", "magic": "python-magic", "Crypto": "pycryptodome", "dns": "dnspython",
    "multipart": "python-multipart", "rest_framework": "djangorestframework", "flask_cors": "flask-cors",
}  # fmt: skip
"""Import names that differ from the name of the package."""

Needs = dict[str, str]
"""What is asked of each package, by its canonical name: ">=2", "==1.0", "" for any."""


def is_declaration(path: str) -> bool:
    """Whether a file says what a project needs.

    >>> [is_declaration(one) for one in ("pyproject.toml", "requirements-dev.txt", "docs/notes.txt", "uv.lock")]
    [True, True, False, True]
    """
    place = PurePosixPath(path)
    is_listed = place.parent.name == "requirements" and place.suffix in (".txt", ".in")
    named = place.name in ("pyproject.toml", "setup.cfg", "Pipfile", *LOCKS)
    return named or is_listed or bool(REQUIREMENTS.fullmatch(place.name))


def needs_of(path: str, text: str) -> Needs:
    """What one file asks for; nothing where it cannot be read."""
    name = PurePosixPath(path).name
    try:
        if name in LOCKS:
            return {canonicalize_name(one["name"]): f"=={one['version']}" for one in _packages(tomllib.loads(text))}
        if name == "pyproject.toml":
            return _of_lines(_pyproject(tomllib.loads(text))) | _poetry(tomllib.loads(text))
        if name == "Pipfile":
            told = tomllib.loads(text)
            return _of_table({**told.get("packages", {}), **told.get("dev-packages", {})})
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, KeyError):
        return {}
    if name == "setup.cfg":
        return _of_lines(line for line in text.splitlines() if line[:1].isspace())
    return _of_lines(text.replace("\\\n", " ").splitlines())


def is_declared(module: str, needs: Iterable[str]) -> bool:
    """Whether one of these packages brings a module of that name, as far as names tell.

    >>> is_declared("yaml", ["pyyaml"]), is_declared("dateutil", ["python-dateutil"]), is_declared("numpy", ["scipy"])
    (True, True, False)
    """
    plain = canonicalize_name(module)
    likely = {plain, f"python-{plain}", f"{plain}-python", f"py{plain}", f"{plain}-binary"}
    likely.add(canonicalize_name(OTHER_NAMES.get(module, module)))
    return any(one in likely or one.startswith(f"{plain}-") for one in needs)


def _packages(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The packages of a lock that come from elsewhere; the project itself is in it too."""
    for one in told.get("package", []):
        source = one.get("source", {})
        if "version" in one and not {"editable", "virtual", "directory"} & set(source):
            yield one


def _pyproject(told: Mapping[str, Any]) -> Iterator[str]:
    project = told.get("project", {})
    yield from project.get("dependencies", [])
    for extra in project.get("optional-dependencies", {}).values():
        yield from extra
    for group in told.get("dependency-groups", {}).values():
        yield from (one for one in group if isinstance(one, str))
    yield from told.get("build-system", {}).get("requires", [])


def _poetry(told: Mapping[str, Any]) -> Needs:
    poetry = told.get("tool", {}).get("poetry", {})
    tables = [poetry.get("dependencies", {}), poetry.get("dev-dependencies", {})]
    tables += [one.get("dependencies", {}) for one in poetry.get("group", {}).values()]
    return {name: asked for table in tables for name, asked in _of_table(table).items() if name != "python"}


def _of_table(table: Mapping[str, Any]) -> Needs:
    asked = {name: one.get("version", "") if isinstance(one, dict) else str(one) for name, one in table.items()}
    return {canonicalize_name(name): "" if one == "*" else one for name, one in asked.items()}


def _of_lines(lines: Iterable[str]) -> Needs:
    found: Needs = {}
    for line in lines:
        plain = re.sub(r"(^|\s)#.*|\s--hash=\S+", "", line).strip().rstrip("\\").strip()
        if plain and not plain.startswith("-"):
            try:
                asked = Requirement(plain)
            except InvalidRequirement:
                continue
            found[canonicalize_name(asked.name)] = str(asked.specifier) or (asked.url or "")
    return found
