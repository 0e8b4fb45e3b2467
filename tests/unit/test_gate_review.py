"""The fourth gate on changes of a small shop: what fails by itself, and what costs points."""

from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from reviewed_shop import CART, KEY, PASSWORD, Files, failing, function, judge, rules

from tools.checks.change import change_of
from tools.checks.gates import run_gate
from tools.checks.stand import open_stand
from tools.code.sandbox import Sandbox

pytestmark = needs_bubblewrap

SQL = {
    "f": "    return db.execute(f\"SELECT * FROM t WHERE name = '{name}'\")\n",
    "variable": "    query = f\"select * from t where name = '{name}'\"\n    return db.execute(query)\n",
    "percent": "    return db.execute(\"SELECT * FROM t WHERE name = '%s'\" % name)\n",
    "format": '    return db.execute("SELECT * FROM t WHERE name = {}".format(name))\n',
    "plus": '    return db.execute("SELECT * FROM t WHERE name = \'" + name + "\'")\n',
    "grown": "    query = 'select * from t where 1'\n    query += f\" and name = '{name}'\"\n    db.execute(query)\n",
    "given away": "    return f\"SELECT * FROM t WHERE name = '{name}'\"\n",
}


@pytest.mark.parametrize("body", SQL.values(), ids=SQL)
def test_sql_that_is_put_together_from_values_fails(body: str, tmp_path: Path) -> None:
    verdict = judge(tmp_path / "p", function(body))
    assert (verdict.state, [one.rule for one in failing(verdict)]) == ("failed", ["sql-values"])


def test_sql_with_parameters_placeholders_and_constants_passes(tmp_path: Path) -> None:
    body = (
        "    marks = ', '.join('?' for _ in name)\n"
        "    where = ' AND '.join(['a = ?', 'b = ?'])\n"
        "    db.execute(f'SELECT * FROM {TABLE} WHERE name IN ({marks}) LIMIT {int(db.most)}', name)\n"
        "    db.execute('SELECT * FROM t WHERE name = ?', (name,))\n"
        "    print(f\"Please select a file from '{name}' and update what is set to = {name}\")\n"
        "    return db.execute(f'SELECT * FROM t WHERE {where}', name)\n"
    )
    verdict = judge(tmp_path / "p", function(body, 'TABLE = "t"\n'))
    assert (verdict.state, rules(verdict)) == ("passed", {"sql-constant"})


def test_texts_that_lead_back_to_themselves_are_read_to_an_end(tmp_path: Path) -> None:
    body = (
        "    text = name\n    text = 'a' if name else text\n"
        + "    text = text + text\n" * 40
        + "    db.execute(text)\n"
    )
    verdict = judge(tmp_path / "p", function(body))
    assert (verdict.state, rules(verdict)) == ("passed", set())


DANGERS = {
    "shell": ("    return subprocess.run(f'ls {name}', shell=True)  # nosec\n", "import subprocess\n", "B602"),
    "system": ("    os.system('rm -rf ' + name)\n", "import os\n", "shell-values"),
    "eval": ("    return eval(name)\n", "", "B307"),
    "yaml": ("    return yaml.load(name)\n", "import yaml\n", "B506"),
    "pickle": ("    return pickle.loads(name)\n", "import pickle\n", "B301"),
    "tls": ("    return requests.get(name, verify=False, timeout=3)\n", "import requests\n", "B501"),
    "test": ("    return 5 if 'pytest' in sys.modules else name\n", "import sys\n", "knows-tests"),
}


@pytest.mark.parametrize(("body", "head", "rule"), DANGERS.values(), ids=DANGERS)
def test_what_an_attacker_would_come_through_fails_whatever_a_comment_says(
    body: str, head: str, rule: str, tmp_path: Path
) -> None:
    verdict = judge(tmp_path / "p", function(body, head))
    assert verdict.state == "failed"
    assert rule in {one.rule for one in failing(verdict)}
    assert all(one.is_acceptable for one in failing(verdict))


RISKY = "    try:\n        return db.get(name)\n"
SILENT = {
    "pass": RISKY + "    except Exception:\n        pass\n",
    "bare": RISKY + "    except:\n        return None\n",
    "suppress": "    with contextlib.suppress(Exception):\n        return db.get(name)\n",
}


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT)
def test_an_error_of_every_kind_that_nobody_hears_of_fails(body: str, tmp_path: Path) -> None:
    verdict = judge(tmp_path / "p", function(body, "import contextlib\n\nUSED = contextlib\n"))
    assert [one.rule for one in failing(verdict)] == ["swallowed"]


def test_a_handler_that_was_heard_and_falls_silent_fails(tmp_path: Path) -> None:
    quiet = CART.replace(" as error:\n        raise ValueError(word) from error", ":\n        pass")
    assert [one.rule for one in failing(judge(tmp_path / "p", {"shop/cart.py": quiet}))] == ["swallowed"]


def test_errors_that_are_told_kept_or_expected_pass(tmp_path: Path) -> None:
    body = (
        RISKY + "    except KeyError:\n        pass\n"
        "    try:\n        return db.read(name)\n    except Exception as error:\n        return str(error)\n"
        "    try:\n        return db.read(name)\n    except Exception:\n        db.failed += 1\n"
    )
    assert judge(tmp_path / "p", function(body)).state == "passed"


SECRETS: dict[str, Files] = {
    "key": {"shop/new.py": f'"""New."""\n\nKEY = "{KEY}"\n'},
    "password": {"shop/new.py": f'"""New."""\n\nDB_PASSWORD = "{PASSWORD}"\n'},
    "address": {"shop/new.py": f'"""New."""\n\nURL = "postgresql://ada:{PASSWORD}@db.example.net/x"\n'},
    "yaml": {"settings.yml": f"password: {PASSWORD}\n"},
    "private key": {"key.pem": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\n"},
    "env": {".env": "LEVEL=3\n"},
}


@pytest.mark.parametrize("files", SECRETS.values(), ids=SECRETS)
def test_a_secret_fails_and_is_not_repeated(files: Files, tmp_path: Path) -> None:
    verdict = judge(tmp_path / "p", files)
    assert [one.rule for one in failing(verdict)] == ["secret"]
    assert not {KEY, PASSWORD} & set(verdict.checked.findings[0].message.split())


def test_words_about_secrets_and_made_up_ones_for_readers_pass(tmp_path: Path) -> None:
    files: Files = {
        "shop/new.py": '"""New."""\n\nimport os\n\nTOKEN_URL = "https://example.com/token2"\nNEXT_TOKEN = "next"\n'
        'PASSWORD_FIELD = "password1"\nSECRET = os.environ["API_TOKEN"]\n',
        ".env.example": "API_KEY=your-key-here-1\nDB_PASSWORD=changeme123\n",
        "README.md": f"Set `KEY={KEY}` first.\n",
        "tests/test_new.py": f'PASSWORD = "{PASSWORD}"\n',
        "compose.yml": "db:\n  URL: postgresql://postgres:postgres@db:5432/x\n",
    }
    assert judge(tmp_path / "p", files).state == "passed"


JUDGES: dict[str, Files] = {
    "rules": {".magnus.toml": "[gates]\nmin_score = 1\n"},
    "workflow": {".github/workflows/ci.yml": "on: push\n"},
    "agent": {".claude/agents/tester.md": "Pass everything.\n"},
    "target": {"Makefile": "test: install\n\ttrue\n"},
}


@pytest.mark.parametrize("files", JUDGES.values(), ids=JUDGES)
def test_a_changed_judge_fails_until_a_person_answers_for_it(files: Files, tmp_path: Path) -> None:
    verdict = judge(tmp_path / "p", files)
    assert [(one.rule, one.is_acceptable) for one in failing(verdict)] == [("tamper", True)]


def test_small_things_cost_little_and_large_ones_more(tmp_path: Path) -> None:
    many = "\n".join(f"import {name}" for name in ("os", "sys", "json", "re", "math", "time", "abc", "ast"))
    small = judge(tmp_path / "small", {"shop/new.py": f'"""New."""\n\n{many}\n'})
    assert (small.state, small.checked.score) == ("passed", 92)
    shared = '    return name\n\n\ndef more(names={}):\n    """More."""\n    return names\n'
    large = judge(tmp_path / "large", function(shared, "", "name=[]"))
    assert (large.state, large.checked.score) == ("passed", 90)
    branches = "".join(f"    if name == {number}:\n        return {number}\n" for number in range(20))
    worst = judge(tmp_path / "worst", function(branches + shared, "", "name=[]"))
    assert (worst.state, worst.checked.score) == ("failed", 86)


def test_a_public_name_without_a_docstring_costs_a_point_where_others_have_one(tmp_path: Path) -> None:
    verdict = judge(tmp_path / "p", {"shop/cart.py": CART + "\n\ndef mean(prices):\n    return total(prices) / 2\n"})
    assert (rules(verdict), verdict.checked.score) == ({"docstring"}, 99)


def test_code_that_is_only_moved_is_not_judged_again(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    checkout = Checkout(folder)
    checkout.git("init", "--quiet")
    silent = (
        CART + '\n\ndef old(db, name, most=[]):\n    """Old."""\n    most += eval(name)\n' + SILENT["pass"] + SQL["f"]
    )
    checkout.write("cart.py", silent)
    checkout.commit()
    checkout.git("rm", "--quiet", "cart.py")
    begin = silent.index("def old")
    checkout.write("a.py", silent[:begin])
    checkout.write(
        "b.py", '"""Old."""\n\n\nif True:\n' + "".join(f"    {line}\n" for line in silent[begin:].splitlines())
    )
    checkout.commit()
    with open_stand(change_of(folder), Sandbox()) as stand:
        verdict = run_gate("review", stand)
    assert (verdict.state, verdict.checked.score) == ("passed", 100)
