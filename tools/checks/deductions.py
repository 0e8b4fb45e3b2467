"""What a finding of the review costs. A change begins with 100 points, and 90 pass.

| points | what |
|---|---|
| none, it fails by itself | SQL or a shell command put together from values, eval and exec of values, unsafe YAML, objects unpickled from bytes, TLS without its check, a debug server, every error caught and nobody told, code that asks whether a test is running, a secret, a `.env` file, a changed judge (rules, agents, workflows, CI), a package with known weaknesses; a person may answer for each |
| 40, 15 | a critical or high finding of the reviewer |
| 6 | a new type error; names of tables or columns put into SQL; unpickling a file, weak ciphers, archives unpacked unseen; a mistake pyflakes is sure of |
| 5 | a default that all calls share; a reviewer's medium finding |
| 4 | a function grown past 15 branches; a name defined twice; an error of one kind passed over in silence |
| 3 | everything caught but told; loops that bind late, weak hashes, and other traps |
| 2 | an unused import or variable, a comparison that reads wrong, a request without a time limit |
| 1 | a public function without a docstring where the project writes them, an ignored type error, small habits |

What costs 1 or 2 costs at most 8 together: a hundred small things are not one large one. Only lines that the change
adds count, and code that was only moved does not. In tests only pyflakes, secrets and judges do.
"""  # noqa: E501

from collections.abc import Iterable

from tools.checks.findings import Finding

FULL = 100
SMALL, MOST_SMALL = 2, 8

POINTS: dict[str, int] = {
    "sql-names": 6, "review-critical": 40, "review-high": 15, "review-medium": 5, "review-low": 1,
    "type-error": 6, "B301": 6, "B302": 6, "B202": 6, "B304": 6, "B305": 6, "B701": 6, "B702": 6, "B413": 6,
    "F502": 6, "F503": 6, "F504": 6, "F505": 6, "F506": 6, "F507": 6, "F508": 6, "F509": 6, "F521": 6, "F522": 6,
    "F523": 6, "F524": 6, "F525": 6, "F601": 6, "F602": 6, "F621": 6, "F622": 6, "F631": 6, "F632": 6, "F634": 6,
    "F702": 6, "F706": 6, "F707": 6, "B015": 6, "PLE": 6,
    "B006": 5, "complexity": 4, "F811": 4, "passed-over": 4,
    "BLE001": 3, "E722": 3, "B023": 3, "B012": 3, "B020": 3, "B303": 3, "B324": 3, "B307": 3,
    "F401": 2, "F841": 2, "E711": 2, "E712": 2, "E713": 2, "E714": 2, "E721": 2, "B113": 2, "B104": 2, "B310": 2,
    "type-unknown": 2, "B005": 2, "B018": 2, "W605": 2,
    "docstring": 1, "type-ignored": 1, "E741": 1, "E731": 1, "B108": 1, "sql-constant": 1, "B314": 1, "B318": 1,
}  # fmt: skip
"""Points by rule, the longest beginning that fits; any other rule of a linter costs 3."""
TOLD = {"unread", "tool", "dependency", "not-audited", "types-unknown", "linter-settings"}


def points(rule: str) -> int:
    """The points of a rule that findings of no weight of their own have: what is listed, else 3."""
    return next((POINTS[name] for name in _beginnings(rule) if name in POINTS), 3)


def cost(finding: Finding) -> int:
    """The points of one finding; one that only tells something costs nothing.

    >>> cost(Finding("a.py", 3, "F401", "unused", "low", fails=False))
    2
    """
    return 0 if finding.is_acceptable or finding.rule in TOLD else points(finding.rule)


def score(findings: Iterable[Finding]) -> float:
    """What is left of 100: small costs are bounded together, large ones are not.

    >>> score([Finding("a.py", line, "F401", "unused", "low", fails=False) for line in range(20)])
    92.0
    """
    costs = [cost(one) for one in findings]
    small = sum(one for one in costs if one <= SMALL)
    return float(max(0, FULL - min(small, MOST_SMALL) - sum(one for one in costs if one > SMALL)))


def _beginnings(rule: str) -> Iterable[str]:
    return (rule[:length] for length in range(len(rule), 2, -1))
