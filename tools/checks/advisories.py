"""Known weaknesses of packages, asked of a service that speaks the interface of osv.dev, and of nobody else.

Only names and versions leave this machine. Nothing is installed or resolved, and what is answered is read and not run.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from time import monotonic
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from graph.errors import Unavailable

Json = dict[str, Any]
NOBODY = ("", "off")
"""Addresses that say nobody is to be asked."""
SECONDS = 20.0
PATIENCE_S = 5.0
AT_ONCE = 500
MOST_TOLD = 8
LARGEST = 20_000_000
CHUNK = 65_536
IDENTIFIER = re.compile(r"[A-Za-z0-9][\w.-]{2,80}")


class Unanswered(Unavailable):
    """The service cannot be reached, took too long, or said something that is no answer."""


@dataclass(frozen=True)
class Weakness:
    """One advisory on a version of a package; `fixed` is the first later version without it, or ""."""

    package: str
    version: str
    ids: tuple[str, ...]
    fixed: str = ""

    def __str__(self) -> str:
        """
        >>> str(Weakness("jinja2", "2.4.1", ("GHSA-462w-v97r-4m45", "CVE-2019-10906"), "2.10.1"))
        'jinja2 2.4.1 has a known weakness, GHSA-462w-v97r-4m45 (CVE-2019-10906), fixed in 2.10.1.'
        """
        also = f" ({', '.join(self.ids[1:])})" if self.ids[1:] else ""
        ending = f"fixed in {self.fixed}" if self.fixed else "and no version is known to be without it"
        return f"{self.package} {self.version} has a known weakness, {self.ids[0]}{also}, {ending}."


class WithoutDetours(HTTPRedirectHandler):
    """A service that sends us elsewhere is not the one that was asked for."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Advisories:
    """One round of questions; all of them together take no more than `seconds`."""

    url: str
    seconds: float = SECONDS
    _opener: OpenerDirector = field(default_factory=lambda: build_opener(WithoutDetours), repr=False)
    _ends: float = 0.0

    def weaknesses(self, packages: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Weakness]]:
        """What is known of each name and version; raises Unanswered where one question stays open."""
        if not self.url.startswith(("http://", "https://")):
            raise Unanswered(f"{self.url} is no address of a service.")
        self._ends = monotonic() + self.seconds
        found: dict[tuple[str, str], list[str]] = {}
        try:
            for start in range(0, len(packages), AT_ONCE):
                some = packages[start : start + AT_ONCE]
                found |= zip(some, self._named(some), strict=True)
            return {package: list(self._told(package, ids)) for package, ids in found.items()}
        except (AttributeError, KeyError, TypeError) as error:
            raise Unanswered(f"{self.url} answered in a form that is not known.") from error

    def _named(self, packages: Sequence[tuple[str, str]]) -> Iterator[list[str]]:
        """The ids of what is known of each package, in the same order."""
        queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in packages]
        answers = self._asked("/v1/querybatch", {"queries": queries}).get("results")
        if not isinstance(answers, list) or len(answers) != len(packages):
            raise Unanswered(f"{self.url} did not answer for every package.")
        for answer in answers:
            ids = [str(one["id"]) for one in answer.get("vulns", ())]
            if answer.get("next_page_token") and not ids:
                raise Unanswered(f"{self.url} answered in more pages than are read.")
            yield [one for one in ids if IDENTIFIER.fullmatch(one)]

    def _told(self, package: tuple[str, str], ids: Sequence[str]) -> Iterator[Weakness]:
        """An advisory has other names elsewhere; each is told once."""
        known: set[str] = set()
        for one in ids[:MOST_TOLD]:
            if one in known:
                continue
            told: Json = {}
            with suppress(Unanswered):
                told = self._asked(f"/v1/vulns/{one}")
            if told.get("withdrawn"):
                continue
            names = (one, *(str(alias) for alias in told.get("aliases", ())[:MOST_TOLD]))
            known.update(names)
            yield Weakness(*package, names, first_fix(told, *package))

    def _asked(self, path: str, body: Json | None = None) -> Json:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url.rstrip('/')}{path}", data, {"Content-Type": "application/json"})
        try:
            with self._opener.open(request, timeout=max(0.1, min(PATIENCE_S, self._left()))) as answer:
                told = json.loads(b"".join(self._read(answer)))
        except (OSError, URLError, HTTPException, ValueError) as error:
            raise Unanswered(f"{self.url} could not be asked: {error}.") from error
        if not isinstance(told, dict):
            raise Unanswered(f"{self.url} answered with something else.")
        return told

    def _read(self, answer: Any) -> Iterator[bytes]:
        """The answer in pieces, as long as there is time for it and it does not grow too large."""
        size = 0
        while piece := answer.read1(CHUNK):
            size += len(piece)
            if self._left() <= 0 or size > LARGEST:
                raise TimeoutError("the answer took too long or was too large")
            yield piece

    def _left(self) -> float:
        return self._ends - monotonic()


def first_fix(told: Mapping[str, Any], name: str, version: str) -> str:
    """The lowest version above this one that an advisory calls fixed, or ""."""
    fixes = set()
    for affected in told.get("affected", ()):
        if canonicalize_name(str(affected.get("package", {}).get("name", ""))) != name:
            continue
        events = [event for span in affected.get("ranges", ()) for event in span.get("events", ())]
        for event in events:
            with suppress(InvalidVersion):
                fixes.add(Version(str(event.get("fixed", "none"))))
    with suppress(InvalidVersion):
        return str(min((one for one in fixes if one > Version(version)), default=""))
    return ""
