"""A small FastAPI project, a plan of three phases that gives it logins, and agents who carry it out."""

from pathlib import Path

from checkouts import Checkout
from coding import PYTEST_INI, RULES
from messages_api import MessagesApi, tool
from planned import OPENING, Json, phase

MAIN = '''\
"""A shop."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def home() -> dict[str, str]:
    """What the shop is called."""
    return {"name": "shop"}
'''
TEST_MAIN = """\
from app.main import app
from fastapi.testclient import TestClient


def test_the_shop_has_a_name():
    assert TestClient(app).get("/").json() == {"name": "shop"}
"""
USERS = '''\
"""Users and their passwords, in a table."""

import hashlib
import secrets
import sqlite3

SCHEMA = "CREATE TABLE IF NOT EXISTS users (email TEXT PRIMARY KEY, salt BLOB NOT NULL, password BLOB NOT NULL)"
ROUNDS = 1000


def opened(path: str = ":memory:") -> sqlite3.Connection:
    """A connection to a database that has the table."""
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute(SCHEMA)
    return connection


def add(connection: sqlite3.Connection, email: str, password: str) -> None:
    """Keep a new user; raises sqlite3.IntegrityError where the address is taken."""
    salt = secrets.token_bytes(16)
    connection.execute("INSERT INTO users VALUES (?, ?, ?)", (email, salt, hashed(password, salt)))


def knows(connection: sqlite3.Connection, email: str, password: str) -> bool:
    """Whether this is the password of that user."""
    row = connection.execute("SELECT salt, password FROM users WHERE email = ?", (email,)).fetchone()
    return row is not None and secrets.compare_digest(row[1], hashed(password, row[0]))


def hashed(password: str, salt: bytes) -> bytes:
    """What is kept of a password."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ROUNDS)
'''
TEST_USERS = """\
import sqlite3

import pytest
from app import users


def test_a_user_is_known_by_the_right_password_only():
    table = users.opened()
    users.add(table, "ada@example.org", "right")
    assert users.knows(table, "ada@example.org", "right")
    assert not users.knows(table, "ada@example.org", "wrong")
    assert not users.knows(table, "bob@example.org", "right")


def test_an_address_is_taken_once():
    table = users.opened()
    users.add(table, "ada@example.org", "one")
    with pytest.raises(sqlite3.IntegrityError):
        users.add(table, "ada@example.org", "two")
"""
AUTH = '''\
"""Signing up and logging in; who is logged in has a token."""

import secrets
import sqlite3
from datetime import UTC, datetime, timedelta

import jwt
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from app import users

KEY = secrets.token_hex(32)
router = APIRouter()
table = users.opened()


class Login(BaseModel):
    """An address and a password."""

    email: str
    password: str


@router.post("/signup", status_code=201)
def signup(login: Login) -> dict[str, str]:
    """A new user."""
    try:
        users.add(table, login.email, login.password)
    except sqlite3.IntegrityError as error:
        raise HTTPException(409, "The address is taken.") from error
    return {"email": login.email}


@router.post("/login")
def login(login: Login) -> dict[str, str]:
    """A token for who has the right password."""
    if not users.knows(table, login.email, login.password):
        raise HTTPException(401, "Address or password is wrong.")
    claims = {"sub": login.email, "exp": datetime.now(UTC) + timedelta(days=1)}
    return {"token": jwt.encode(claims, KEY, algorithm="HS256")}
'''
MAIN_WITH_AUTH = MAIN.replace("from fastapi import FastAPI\n", "from fastapi import FastAPI\n\nfrom app import auth\n")
MAIN_WITH_AUTH = MAIN_WITH_AUTH.replace("app = FastAPI()\n", "app = FastAPI()\napp.include_router(auth.router)\n")
TEST_LOGIN = """\
from app.main import app
from fastapi.testclient import TestClient

client = TestClient(app)
ADA = {"email": "ada@example.org", "password": "right"}


def test_who_signed_up_logs_in():
    assert client.post("/signup", json=ADA).status_code == 201
    assert client.post("/signup", json=ADA).status_code == 409
    assert client.post("/login", json=ADA).json()["token"].count(".") == 2
    assert client.post("/login", json=ADA | {"password": "wrong"}).status_code == 401
"""
ME = '''\


def user_of(authorization: str = Header(default="")) -> str:
    """Who a token was made for."""
    try:
        claims = jwt.decode(authorization.removeprefix("Bearer "), KEY, algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "Log in first.") from error
    return str(claims["sub"])


@router.get("/me")
def me(email: str = Depends(user_of)) -> dict[str, str]:
    """Who is logged in."""
    return {"email": email}
'''
AUTH_WITH_ME = AUTH.replace("import APIRouter, HTTPException", "import APIRouter, Depends, Header, HTTPException") + ME
TEST_ME = """\
from app.main import app
from fastapi.testclient import TestClient

client = TestClient(app)
BOB = {"email": "bob@example.org", "password": "right"}


def test_only_who_is_logged_in_sees_the_page():
    client.post("/signup", json=BOB)
    token = client.post("/login", json=BOB).json()["token"]
    assert client.get("/me", headers={"Authorization": f"Bearer {token}"}).json() == {"email": BOB["email"]}
    assert client.get("/me").status_code == 401
    assert client.get("/me", headers={"Authorization": f"Bearer {token}x"}).status_code == 401
"""
SUITE = "python -m pytest -q"
CRITERIA = {
    "phase-1": ["app/users.py exists", f"`{SUITE} tests/test_users.py` passes"],
    "phase-2": ["POST /login works", "POST /signup works"],
    "phase-3": ["Protected routes work", "All tests pass"],
}


def shop(folder: Path) -> Checkout:
    """Somebody's repository of a small web application."""
    folder.mkdir()
    made = Checkout(folder)
    made.git("init", "--quiet")
    made.write("app/__init__.py", "")
    made.write("app/main.py", MAIN)
    made.write("tests/test_main.py", TEST_MAIN)
    made.write("conftest.py", "")
    made.write(".magnus.toml", RULES)
    made.write("pytest.ini", PYTEST_INI)
    made.write(
        "pyproject.toml", '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi", "pyjwt", "httpx"]\n'
    )
    made.commit(README__md="# Shop\n")
    return made


def three_phases() -> list[Json]:
    """The phases of the plan document, with criteria of every kind."""
    return [
        phase("phase-1", name="Database Schema", description="Users and their passwords.", **_criteria("phase-1")),
        phase("phase-2", "phase-1", name="Auth Endpoints", description="Sign up and log in.", **_criteria("phase-2")),
        phase("phase-3", "phase-2", name="JWT Middleware", description="Protected routes.", **_criteria("phase-3")),
    ]


def _criteria(name: str) -> Json:
    return {"success_criteria": CRITERIA[name], "max_iterations": 3}


def script_the_plan(api: MessagesApi, phases: list[Json] | None = None) -> None:
    """The planner answers with these phases."""
    api.conversation(OPENING).fills_in(phases=phases or three_phases(), assumptions=[])


def script_phase(
    api: MessagesApi, name: str, files: dict[str, str], *others: str, claims: tuple[Json, ...] = ()
) -> None:
    """One iteration of a phase: the architect, a builder who writes these files, a tester, and others who only read."""
    for agent in ("architect", *others):
        _talk(api, agent, name).answers(tool("hand_over", summary=f"{agent} has nothing to add."))
    builder = _talk(api, "python_pro", name)
    for path, text in files.items():
        builder.answers(tool("write", path=path, content=text))
    builder.answers(tool("hand_over", summary=f"{', '.join(files)} written.", decisions=[f"{name} is kept small."]))
    tester = _talk(api, "qa_debugger", name)
    tester.answers(tool("run_tests"))
    tester.answers(tool("hand_over", summary=f"{name} is tested.", claims=list(claims)))


def script_the_goal(api: MessagesApi) -> None:
    """Plan and phases as they go when all goes well."""
    script_the_plan(api)
    script_phase(api, "phase-1", {"app/users.py": USERS, "tests/test_users.py": TEST_USERS}, *TEAMS["phase-1"])
    second = {"app/auth.py": AUTH, "app/main.py": MAIN_WITH_AUTH, "tests/test_login.py": TEST_LOGIN}
    script_phase(api, "phase-2", second, *TEAMS["phase-2"])
    shown = {
        "statement": "Criterion 1: a token opens /me and nothing else does.",
        "command": "run_tests",
        "exit_code": 0,
    }
    third = {"app/auth.py": AUTH_WITH_ME, "tests/test_me.py": TEST_ME}
    script_phase(api, "phase-3", third, *TEAMS["phase-3"], claims=(shown,))


def files_at_the_end(checkout: Checkout) -> dict[str, str]:
    """The project once the goal is reached: what was there, with what the agents wrote."""
    before = {name: checkout.git("show", f"HEAD:{name}") for name in checkout.git("ls-files").splitlines()}
    users = {"app/users.py": USERS, "tests/test_users.py": TEST_USERS}
    login = {"app/auth.py": AUTH_WITH_ME, "app/main.py": MAIN_WITH_AUTH, "tests/test_login.py": TEST_LOGIN}
    return before | users | login | {"tests/test_me.py": TEST_ME}


TEAMS = {
    "phase-1": ("database_optimizer", "code_reviewer"),
    "phase-2": ("code_reviewer",),
    "phase-3": ("code_reviewer", "documentation", "innovation"),
}


def _talk(api: MessagesApi, agent: str, name: str):  # type: ignore[no-untyped-def]
    return api.conversation(f"you are {agent}", f"This is {name} of a larger goal")
