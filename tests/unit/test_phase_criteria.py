"""What a sentence of a plan is held against: the most exact thing that it names, and never less than it says."""

import pytest

from tools.phases.criteria import Check, calls, check_for


def command(words: str, **how: object) -> Check:
    return Check("command", argv=("bash", "-c", words), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("criterion", "check"),
    [
        ("`pytest tests/test_login.py` passes", command("pytest tests/test_login.py")),
        ("Running `python -m shop.check` succeeds", command("python -m shop.check")),
        ("`DEBUG=1 make test` is green", command("DEBUG=1 make test")),
        ("`./check.sh` passes", command("./check.sh")),
        ("`pytest` passes", command("pytest")),
        ("`pytest -q` ends with 12 passed", command("pytest -q")),
        ("`mypy app` exits with 0", command("mypy app")),
        ("`python -m shop` exits 2 for bad input", command("python -m shop", exit_code=2)),
        ("`python -m shop` fails with code 3 without a file", command("python -m shop", exit_code=3)),
        ("`python -m shop 2 3` prints `5`", command("python -m shop 2 3", says="5")),
        ("""`python -c "print('says')"` prints `says`""", command("python -c \"print('says')\"", says="says")),
        ("`pytest a` and `mypy app` pass", command("pytest a && mypy app")),
        ("`ruff check .`, `mypy app` and `pytest -q` pass", command("ruff check . && mypy app && pytest -q")),
        ("`pytest a` passes, as `mypy app` does not", command("pytest a")),
        ("POST /login answers 200 with a token", Check("endpoint", method="POST", path="/login")),
        ("`GET /users/{id}` answers 404 for nobody.", Check("endpoint", method="GET", path="/users/{id}")),
        ("tests/test_login.py passes", Check("tests", paths=("tests/test_login.py",))),
        ("tests/test_a.py and tests/test_b.py pass", Check("tests", paths=("tests/test_a.py", "tests/test_b.py"))),
        ("All tests pass", Check("tests")),
        ("The whole suite is still green", Check("tests")),
        ("app/users.py exists", Check("file", paths=("app/users.py",))),
        ("The file `app/users.py` is created.", Check("file", paths=("app/users.py",))),
        ("There is a page docs/login.md", Check("file", paths=("docs/login.md",))),
        ("app/a.py and app/b.py exist", Check("file", paths=("app/a.py", "app/b.py"))),
        ("app/old.py no longer exists", Check("file", paths=("app/old.py",), is_gone=True)),
    ],
)
def test_a_criterion_names_what_code_can_check(criterion: str, check: Check) -> None:
    assert check_for(criterion) == check


@pytest.mark.parametrize(
    "criterion",
    [
        "Schema validated",
        "users.email exists",
        "Tokens exist, e.g. in a header",
        "The login is added to app/auth.py",
        "app/users.py exists with a class User",
        "Node.js is present",
        "`python` 3.11 is supported",
        "`psql` can reach it",
        "`python -m shop` prints a table",
        "`python -m shop` fails for bad input",
        "`python -m shop` does not pass without a key",
        "All tests pass with coverage above 90 %",
        "At least 12 tests pass",
        "Tests do not pass without a token",
        "The word `passes` is in the log",
    ],
)
def test_what_code_cannot_see_whole_is_left_to_the_tester(criterion: str) -> None:
    """A file that is there, a command that ends with 0, or a suite that passes would show less than is asked for."""
    assert check_for(criterion) == Check("claim")


@pytest.mark.parametrize(
    ("method", "path", "line"),
    [
        ("POST", "/login", 'client.post("/login", json=ADA)'),
        ("POST", "/login", "await client.post(\n    '/login/'\n)"),
        ("GET", "/me", 'client.get(f"{base}/me?full=1")'),
        ("GET", "/users/{user_id}", 'client.get("/users/7")'),
        ("GET", "/users/{user_id}/posts", "client.get(f\"/users/{ada['id']}/posts\")"),
        ("GET", "/users/<int:id>", 'client.get("/users/7")'),
        ("GET", "/users/:id", 'client.get(f"/users/{made.id}")'),
        ("DELETE", "/users/{id}", '("DELETE", "/users/7", 204),'),
    ],
)
def test_a_test_that_calls_an_endpoint_is_known_by_the_call(method: str, path: str, line: str) -> None:
    assert calls(method, path).search(line)


@pytest.mark.parametrize(
    ("method", "path", "line"),
    [
        ("POST", "/login", 'client.get("/login")'),
        ("POST", "/login", 'client.post("/login_page")'),
        ("POST", "/login", 'client.post("/login/again")'),
        ("GET", "/users/{id}", 'client.get("/users/")'),
        ("GET", "/users/{id}", 'client.get("/users/7/posts")'),
        ("POST", "/login", '"""POST /login is not called here."""'),
    ],
)
def test_a_test_that_calls_something_else_is_none_of_the_endpoint(method: str, path: str, line: str) -> None:
    assert not calls(method, path).search(line)
