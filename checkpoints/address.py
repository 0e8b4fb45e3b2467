"""The address of a server that a person named: written the one way everybody takes, and tried before it is used."""

from contextlib import closing
from threading import Thread

import psycopg2
from psycopg2.extensions import parse_dsn

from graph.errors import BadInput, Unavailable

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg2", "postgresql+psycopg")
CONNECT_TIMEOUT_S = 3
PATIENCE_S = 3.5
"""In all. libpq's own limit counts anew for each address of a host, and not at all while a name is looked up."""


def reachable(address: str) -> str:
    """The address in libpq's form, after one connection to it; raises BadInput or Unavailable, never with a password.

    Unavailable comes within PATIENCE_S, whatever the network does.
    """
    url, parts = _read(address)
    attempt = _Attempt(url)
    attempt.start()
    attempt.join(PATIENCE_S)
    if attempt.is_alive():
        raise _unreachable(parts, f"it gave no answer in {PATIENCE_S:g} s")
    if attempt.refusal is not None:
        raise _unreachable(parts, attempt.refusal)
    return url


class _Attempt(Thread):
    """One connection in a thread of its own, which can be left behind."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.refusal: str | None = None

    def run(self) -> None:
        try:
            with closing(psycopg2.connect(self.url, connect_timeout=CONNECT_TIMEOUT_S)):
                return
        except psycopg2.Error as error:
            self.refusal = str(error)


def _read(address: str) -> tuple[str, dict[str, str]]:
    scheme, mark, rest = address.strip().partition("://")
    url = f"postgresql://{rest}"
    path = rest.partition("/")[2].partition("?")[0]
    if not mark or scheme.lower() not in SCHEMES or rest.count("@") > 1 or "@" in path:
        raise _unreadable()
    try:
        return url, parse_dsn(url)
    except psycopg2.ProgrammingError:
        # libpq quotes the part it stumbled over, which may be a password
        raise _unreadable() from None


def _unreadable() -> BadInput:
    return BadInput(
        "MAGNUS_DATABASE_URL is not the address of a Postgres server: write postgresql://user:password@host:5432/name, "
        "with signs such as @ and / in the password as %40 and %2F."
    )


def _unreachable(parts: dict[str, str], refusal: str) -> Unavailable:
    reason = (refusal.strip().splitlines() or ["no reason given"])[0].rpartition(" failed: ")[2]
    reason = reason.removeprefix("FATAL:").strip().rstrip(".")
    if password := parts.get("password"):
        reason = reason.replace(password, "***")
    host = parts.get("host") or parts.get("hostaddr") or "the local socket"
    return Unavailable(
        f"The database at {host}, port {parts.get('port', '5432')}, cannot be reached: {reason}. "
        "Check MAGNUS_DATABASE_URL and its server, or unset it to use the embedded one."
    )
