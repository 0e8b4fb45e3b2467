"""What tests of whole commands share."""

from collections.abc import Iterator

import pytest
from messages_api import MessagesApi


@pytest.fixture
def api() -> Iterator[MessagesApi]:
    """A scripted model which only those commands find that are told of it."""
    with MessagesApi() as api:
        yield api
