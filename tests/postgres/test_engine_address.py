import socket
import time

import pytest

from checkpoints.engine import database_url
from graph.errors import BadInput, Unavailable
from graph.settings import Settings

PASSWORD = "hunter2secret"


def refusal(address: str) -> str:
    with pytest.raises(Unavailable) as caught:
        database_url(Settings(database_url=address))
    return str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "POSTGRES"])
def test_every_way_to_write_the_scheme_is_understood(scheme: str) -> None:
    assert "127.0.0.1, port 1," in refusal(f"{scheme}://me:{PASSWORD}@127.0.0.1:1/magnus")


def test_a_closed_port_is_one_sentence_with_host_and_port_and_without_the_password() -> None:
    said = refusal(f"postgresql://me:{PASSWORD}@127.0.0.1:1/magnus")
    assert said == (
        "The database at 127.0.0.1, port 1, cannot be reached: Connection refused. "
        "Check MAGNUS_DATABASE_URL and its server, or unset it to use the embedded one."
    )


def test_servers_that_never_answer_are_given_up_within_five_seconds_together() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        started = time.monotonic()
        hosts = ",".join(f"127.0.0.1:{server.getsockname()[1]}" for server in (one, other))
        said = refusal(f"postgresql://me:{PASSWORD}@{hosts}/magnus?connect_timeout=60")
        assert time.monotonic() - started < 5
    assert "it gave no answer in 3.5 s" in said
    assert PASSWORD not in said


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me:hunter2secret@127.0.0.1/magnus",
        "host=127.0.0.1 password=hunter2secret",
        "postgresql://me:hunter2@secret@127.0.0.1/magnus",
        "postgresql://me:hunter2secret/x@127.0.0.1/magnus",
        "postgresql://me:hunter2secret%zz@127.0.0.1/magnus",
    ],
)
def test_what_is_no_address_of_a_server_is_bad_input_that_repeats_no_part_of_it(address: str) -> None:
    with pytest.raises(BadInput, match="MAGNUS_DATABASE_URL is not the address of a Postgres server") as caught:
        database_url(Settings(database_url=address))
    assert "hunter2" not in str(caught.value)
