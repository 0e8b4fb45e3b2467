"""Keeps secrets out of what a model reads and out of every log: values of this environment, and well-known forms."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

REMOVED = "[secret removed]"
SHORTEST = 8
"""A shorter value is a word that stands in ordinary text."""

NAMED_LIKE_A_SECRET = re.compile(
    r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|WEBHOOK|COOKIE|BEARER)S?(_|$)"
    r"|(^|_)(PAT|DSN|PWD|AUTH|SESSIONID)$",
    re.IGNORECASE,
)
FOLDERS = {"PWD", "OLDPWD"}
FORMS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)"
    r"|\bsk-[\w-]{20,}"
    r"|\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-|npm_|hf_|pypi-)[\w-]{16,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bAIza[\w-]{35}"
    r"|\b(?:[rs]k_live_|whsec_)\w{16,}"
    r"|\bSG\.[\w-]{16,}\.[\w-]{16,}"
    r"|(?<=hooks\.slack\.com/services/)[\w/]{20,}"
    r"|(?<=/api/webhooks/)\d{15,}/[\w-]{30,}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
    r"|\b\d{8,10}:AA[\w-]{32,}",
    re.DOTALL,
)
KEY_ENDS = re.compile(r"-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----")
KEY_LINE = re.compile(r"[ \d]*\t?[A-Za-z0-9+/=]*\s*")
"""A line of a key, maybe behind its number."""
IN_ADDRESS = re.compile(r"(?<=://)([^\s/:@\"']+:)[^\s/@\"']+(?=@)")


@dataclass(frozen=True)
class Secrets:
    """The values that must not be said, longest first."""

    values: tuple[str, ...] = ()

    def removed_from(self, text: str) -> str:
        """The text with each secret replaced by one and the same mark.

        >>> Secrets(("hunter2-hunter2",)).removed_from("it is hunter2-hunter2, at postgres://me:pw@host/db")
        'it is [secret removed], at postgres://me:[secret removed]@host/db'
        """
        for value in self.values:
            text = text.replace(value, REMOVED)
        return IN_ADDRESS.sub(rf"\g<1>{REMOVED}", _without_ends_of_keys(FORMS.sub(REMOVED, text)))

    def removed(self, thing: Any) -> Any:
        """The same for every text in a JSON value."""
        if isinstance(thing, str):
            return self.removed_from(thing)
        if isinstance(thing, Mapping):
            return {self.removed(key): self.removed(value) for key, value in thing.items()}
        return [self.removed(item) for item in thing] if isinstance(thing, list | tuple) else thing


def secrets_in(environ: Mapping[str, str]) -> Secrets:
    """The secrets of an environment: values of telling names, and passwords in addresses, in either spelling."""
    named = {value for name, value in environ.items() if _is_secret(name, value)}
    found = named | {password for value in environ.values() if (password := _password(value))}
    spelled = found | {quote(value, safe="") for value in found}
    return Secrets(tuple(sorted((value for value in spelled if len(value) >= SHORTEST), key=len, reverse=True)))


def own_secrets() -> Secrets:
    """Those of this process."""
    return secrets_in(os.environ)


def _without_ends_of_keys(text: str) -> str:
    """A file may be read from the middle of a key on."""
    if not KEY_ENDS.search(text):
        return text
    kept: list[str] = []
    for line in text.split("\n"):
        if is_end := KEY_ENDS.search(line):
            while kept and KEY_LINE.fullmatch(kept[-1]):
                kept.pop()
        kept.append(REMOVED if is_end else line)
    return "\n".join(kept)


def _is_secret(name: str, value: str) -> bool:
    """A path of a key file is no secret, and an agent may have to speak of it."""
    is_named = bool(NAMED_LIKE_A_SECRET.search(name)) and name not in FOLDERS
    return is_named and len(value) >= SHORTEST and not (value.startswith("/") and Path(value[:4000]).exists())


def _password(value: str) -> str | None:
    try:
        return urlsplit(value).password if "://" in value else None
    except ValueError:
        return None
