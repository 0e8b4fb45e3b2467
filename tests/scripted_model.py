"""A scripted model for every test that asks for one."""

from collections.abc import Iterator

import pytest
from messages_api import MessagesApi


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    """The model that this process asks, and each process it starts."""
    with MessagesApi() as api:
        for name, value in api.environment.items():
            monkeypatch.setenv(name, value)
        yield api
