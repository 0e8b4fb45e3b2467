"""What every test may count on: no way out but loopback, no key, and a home of its own."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["databases", "scripted_model"]

OURS_OR_SECRET = ("MAGNUS_", "ANTHROPIC_", "OPENAI_", "LANGSMITH_", "LANGCHAIN_", "GIT_", "PG")
SECRET = ("_API_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_PROXY")
HOMES = {
    "HOME": "",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_RUNTIME_DIR": ".run",
    "XDG_STATE_HOME": ".local/state",
}
DEAD_END = "http://127.0.0.1:9"
LOOPBACK = ("localhost", "::1", "127.")


class WayOutIsClosed(RuntimeError):
    """A test tried to leave this machine."""


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The environment of a stranger: no key, no setting, nothing of the user's files; child processes get it too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(OURS_OR_SECRET) or name.upper().endswith(SECRET):
                patch.delenv(name)
        home = tmp_path_factory.mktemp("home")
        for name, below in HOMES.items():
            patch.setenv(name, str(home / below))
        (home / ".run").mkdir(mode=0o700)
        patch.setenv("NO_PROXY", "localhost,127.0.0.1,::1")
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.setenv(name, DEAD_END)
        yield


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    """Sockets of this process reach loopback and unix addresses; DEAD_END keeps child processes from going further."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
        yield


def _guarded(connect: Any) -> Any:
    def connect_nearby(own: socket.socket, address: Any) -> Any:
        if own.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise WayOutIsClosed(f"a test tried to reach {address[0]}; tests stay on loopback")
        return connect(own, address)

    return connect_nearby


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of this checkout."""
    return Path(__file__).parents[1]
