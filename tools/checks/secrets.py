"""Secrets that a change would publish: keys by their form, passwords by what they are called."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from tools.agents.permission import is_test
from tools.checks.before import Before
from tools.checks.declared import LOCKS
from tools.checks.findings import Finding
from tools.checks.news import News
from tools.checks.stand import Stand

FORMS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a Slack token": r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w{16,}",
    "a key of Anthropic or OpenAI": r"\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{20,}",
    "a Stripe key": r"\b[rs]k_live_[0-9a-zA-Z]{16,}",
    "a Google key": r"\bAIza[0-9A-Za-z_-]{35}|\bya29\.[\w-]{30,}",
    "a package registry token": r"\bnpm_[A-Za-z0-9]{36}|\bpypi-AgE[\w-]{30,}",
    "a SendGrid key": r"\bSG\.[\w-]{20,}\.[\w-]{30,}",
    "a Telegram token": r"\b\d{8,10}:AA[\w-]{32,}",
    "a Discord web hook": r"discord(?:app)?\.com/api/webhooks/\d+/[\w-]{30,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "an Azure key": r"AccountKey=[A-Za-z0-9+/=]{40,}",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}",
}
KNOWN = {what: re.compile(form) for what, form in FORMS.items()}
ADDRESS = re.compile(r"\b[a-z][\w+.-]*://([^\s:/@\"'{}$<>%]*):([^\s/@\"'{}$<>]{3,})@([\w.-]+)")
NAMED = re.compile(
    r"(?i)\b([\w-]*(?:api[_-]?key|access[_-]?key|secret|token|passwd|password|pwd|passphrase|credential)[\w-]*)"
    r"[\"']?\]?\s*(?::\s*[\w\[\] |]+?\s*=|[:=]=?>?)\s*[rbuf]?([\"'])([^\"'\n]{4,200})\2"
)
PLAIN = re.compile(
    r"(?i)^\s*(?:export\s+)?-?\s*([\w.-]*(?:api[_-]?key|access[_-]?key|secret|token|passwd|password|pwd|passphrase)[\w.-]*)"
    r"\s*[:=]\s*([^\s\"'#]{6,200})\s*$"
)
UNQUOTED = {".env", ".yml", ".yaml", ".ini", ".cfg", ".conf", ".properties", ".toml", ".sh"}
NO_SECRET = re.compile(
    r"(?i)(example|sample|change.?me|your|xxx|\*\*\*|\.\.\.|<[^>]*>|\$\{|\$\(|^\$|\{|%\(|%s|dummy|fake|placeholder|"
    r"redacted|todo|test|mock|\b(?:foo|none|null|true|false|undefined|env)\b|getenv|insert|replace|"
    r"^(?:my)?secret[-_]?(?:key|name)?$|^(?:my)?password$|^pass$)"
)
LABEL = re.compile(
    r"(?i)(_|-|\b)(url|uri|name|type|field|path|file|header|id|env|var|label|prefix|suffix|pattern|regex|hint|help|"
    r"message|policy|length|count|limit|kind|scheme|param|arg|column|table|placeholder|title|text|validator|hasher)s?$"
)
WORDY = re.compile(r"[a-z]+([-_ ./:][a-z]+)*|[A-Z]+([-_][A-Z]+)*|[A-Z]?[a-z]+([A-Z][a-z]+)*")
LOCAL = {"localhost", "127.0.0.1", "0.0.0.0", "db", "postgres", "mysql", "redis", "rabbitmq", "mongo", "host"}
ENV_FILES = re.compile(r"\.env(\.(?!example|sample|template|dist|test|tpl|defaults)[\w-]+)?")
FOR_TESTS = {"a private key", "a signed token"}
"""What tests of cryptography bring with them."""
MADE_UP = ("example", "xxxx", "dummy", "fake", "your", "test", "placeholder", "...", "1234", "abcd", "0000", "aaaa")
SHOWN = 4
SHORTEST, ENOUGH = 10, 2.8
LONG, RANDOM = 32, 4.0
"""From how many characters and bits for each of them on a value is random, whatever words are found in it."""


def find_secrets(stand: Stand, before: Before, news: News) -> Iterator[Finding]:
    """Secrets on new lines. A person may answer for one, and it is never shown in full."""
    old = "\n".join(before.texts.values())
    for one in stand.change.files:
        if one.how == "A" and ENV_FILES.fullmatch(PurePosixPath(one.path).name) and _has_values(news, one.path):
            yield _finding(one.path, 0, "A file of settings that are kept out of repositories is added.")
        for line in sorted(news.new.get(one.path, ())):
            for what, secret in _secrets(one.path, news.lines[one.path][line]):
                if secret not in old:
                    shown = f"{secret[: min(SHOWN, len(secret) // 4)]}… ({len(secret)} characters)"
                    yield _finding(one.path, line, f"This looks like {what}: {shown}. Read it from the environment.")


def _finding(path: str, line: int, message: str) -> Finding:
    return Finding(path, line, "secret", message, "critical", is_acceptable=True)


def _has_values(news: News, path: str) -> bool:
    return any(re.match(r"\s*(export\s+)?\w+=\S", text) for text in news.lines.get(path, {}).values())


def _secrets(path: str, text: str) -> Iterator[tuple[str, str]]:
    """What a line gives away, in words, and the secret itself."""
    for what, form in KNOWN.items():
        if known := form.search(text):
            if not (_is_told(path) and (what in FOR_TESTS or _is_made_up(known[0]))):
                yield what, known[0]
            return
    if is_test(path) or PurePosixPath(path).name in (*LOCKS, "package-lock.json", "yarn.lock", "Pipfile.lock"):
        return
    if (address := ADDRESS.search(text)) and _is_password(address[1], address[2]) and address[3] not in LOCAL:
        yield "a password in an address", address[2]
    elif named := next((pair for pair in _named(path, text) if _is_secret(*pair)), None):
        yield f"the value of a secret ({named[0]})", named[1]


def _named(path: str, text: str) -> Iterator[tuple[str, str]]:
    for found in NAMED.finditer(text):
        yield found[1], found[3]
    suffix = PurePosixPath(path).suffix
    is_settings = suffix in UNQUOTED or PurePosixPath(path).name.startswith(".env")
    if is_settings and (plain := PLAIN.match(text)):
        yield plain[1], plain[2]


def _is_secret(name: str, value: str) -> bool:
    """Whether a value under such a name can be a secret: no label, no placeholder, no plain words."""
    is_random = len(value) >= LONG and _entropy(value) >= RANDOM
    if (
        LABEL.search(name)
        or (NO_SECRET.search(value) and not is_random)
        or value.startswith(("/", "http", "--", "[", "(", "#", "@"))
    ):
        return False
    if re.search(r"(?i)(passw|pwd|passphrase)", name):
        return _is_password("", value)
    is_mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return len(value) >= SHORTEST and is_mixed and not re.search(r"\s", value) and _entropy(value) >= ENOUGH


def _is_password(user: str, value: str) -> bool:
    """Letters alone are a word, a name or a label; who protects something adds a digit or a sign."""
    if value == user or NO_SECRET.search(value) or " " in value or WORDY.fullmatch(value):
        return False
    return len(value) >= 5 and any(letter.isalpha() for letter in value)


def _is_told(path: str) -> bool:
    """Whether a file is a test or a text for readers, where keys are made up."""
    place = PurePosixPath(path)
    return is_test(path) or place.suffix in (".md", ".rst", ".txt") or "example" in place.name


def _is_made_up(value: str) -> bool:
    plain = value.lower()
    if any(word in plain for word in MADE_UP):
        return True
    tail = re.sub(r"[^A-Za-z0-9]", "", value)[-16:]
    return not value.startswith("-----") and _entropy(tail) < 2


def _entropy(value: str) -> float:
    """Bits for each character.

    >>> _entropy("abcd")
    2.0
    """
    counts: Mapping[str, int] = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
