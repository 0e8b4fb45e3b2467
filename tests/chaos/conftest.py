"""What the chaos tests share: a nursery of warm processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos.harness import Nursery, Trial, Warm, trial

from graph.settings import Settings


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    opened = Nursery(tmp_path_factory.mktemp("nursery"))
    yield opened
    opened.close()


@pytest.fixture
def field(nursery: Nursery, settings: Settings, tmp_path: Path) -> Iterator[Trial]:
    """A trial on a fresh database of the shared server."""
    with trial(nursery, settings, tmp_path / "trial") as begun:
        yield begun


@pytest.fixture
def warm(nursery: Nursery, settings: Settings, tmp_path: Path) -> Warm:
    """The `magnus` command on a fresh database, in processes that start at once."""
    return Warm(nursery, settings, tmp_path)
