"""What counts as a secret, and that nothing of it is left in a text."""

import time

import pytest

from tools.agents.redaction import REMOVED, Secrets, secrets_in

LONG = "Zq8-" * 6
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7\nq83vEjRWeJCrze8SNA==\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "name",
    [
        *("ANTHROPIC_API_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "SMTP_PASSWD", "MAGNUS_WEBHOOK"),
        *("GPG_PASSPHRASE", "AZURE_CREDENTIALS", "GH_PAT", "SENTRY_DSN", "DB_PWD", "tradingview_cookie", "BASIC_AUTH"),
    ],
)
def test_the_value_of_a_telling_name_is_a_secret(name: str) -> None:
    assert secrets_in({name: LONG}).removed_from(f"it is {LONG}!") == f"it is {REMOVED}!"


@pytest.mark.parametrize("name", ["PATH", "EDITOR", "PWD", "OLDPWD", "KEYBOARD", "TOKENIZERS_PARALLELISM"])
def test_an_ordinary_variable_is_none(name: str) -> None:
    assert secrets_in({name: LONG}).values == ()


def test_a_short_value_and_the_path_of_a_key_file_are_words_an_agent_may_need() -> None:
    assert secrets_in({"API_KEY": "short", "SSH_KEY": "/etc/passwd"}).values == ()


def test_the_password_in_an_address_is_a_secret_in_either_spelling() -> None:
    found = secrets_in({"MAGNUS_DATABASE_URL": "postgresql://me:pa%24%24word-9@host/db"})
    assert found.removed_from("pa%24%24word-9") == REMOVED
    assert secrets_in({"A_KEY": "pa$$word-99"}).removed_from("?key=pa%24%24word-99") == f"?key={REMOVED}"


def test_the_longer_of_two_secrets_goes_first_so_that_no_end_of_it_stays() -> None:
    assert secrets_in({"A_KEY": "12345678", "B_KEY": "12345678-and-more"}).removed_from("12345678-and-more") == REMOVED


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-" + "a1B2" * 8,
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2" * 9,
        "glpat-" + "a1B2" * 5,
        "xoxb-1234-5678-" + "a1B2" * 4,
        "AKIA" + "A1B2" * 4,
        "AIza" + "a1B2c" * 7,
        "sk_live_" + "a1B2" * 6,
        "whsec_" + "a1B2" * 6,
        "SG." + "a1B2" * 5 + "." + "a1B2" * 10,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
        "123456789:AA" + "a1B2" * 9,
        PEM,
        PEM.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
    ],
)
def test_well_known_forms_are_recognised_without_knowing_the_value(secret: str) -> None:
    assert Secrets().removed_from(f"before {secret} after") == f"before {REMOVED} after"


def test_a_key_that_is_cut_at_either_end_is_still_removed() -> None:
    lines = PEM.splitlines()
    assert Secrets().removed_from("a.pem\n" + "\n".join(lines[:2])) == f"a.pem\n{REMOVED}"
    tail = "\n".join(f"{number:>6}\t{line}" for number, line in enumerate(lines[1:], 2))
    assert (
        Secrets().removed_from(f"a.pem, lines 2 to 4 of 4:\n{tail}\nEnd")
        == f"a.pem, lines 2 to 4 of 4:\n{REMOVED}\nEnd"
    )


def test_the_addresses_of_hooks_lose_what_opens_them() -> None:
    slack = "https://hooks.slack.com/services/" + "T0000/B0000/" + "a1B2c3" * 4
    assert Secrets().removed_from(slack) == f"https://hooks.slack.com/services/{REMOVED}"
    discord = "https://discord.com/api/webhooks/123456789012345678/" + "a1-B2" * 8
    assert Secrets().removed_from(discord) == f"https://discord.com/api/webhooks/{REMOVED}"


@pytest.mark.parametrize(
    "text",
    [
        "task-sk-1 asks for a risk-free-rate",
        "commit 0939f5a0ba3bd864d5bfd72e78c4bd4790d66ec6",
        "https://example.org:8080/a@b",
        "the PRIVATE KEY is kept elsewhere",
        "b95f32a4-1c1e-4f3c-9c0a-0a8b7e6d5c4b",
    ],
)
def test_ordinary_text_stays_letter_by_letter(text: str) -> None:
    assert Secrets().removed_from(text) == text


def test_every_text_in_a_json_value_is_cleaned_its_names_too() -> None:
    found = secrets_in({"A_KEY": LONG}).removed({LONG: [LONG, 1, None, (LONG,)], "b": {"c": f"<{LONG}>"}})
    assert found == {REMOVED: [REMOVED, 1, None, [REMOVED]], "b": {"c": f"<{REMOVED}>"}}


@pytest.mark.parametrize(
    "text", ["7" * 100_000, "ab\n" * 30_000, "://a:" * 20_000, "-----BEGIN PRIVATE KEY-----" * 4000]
)
def test_no_text_makes_it_slow(text: str) -> None:
    began = time.perf_counter()
    assert Secrets().removed_from(f"{text}\n-----END PRIVATE KEY-----").endswith(REMOVED)
    assert time.perf_counter() - began < 2
