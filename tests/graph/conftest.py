"""What tests of the whole graph share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.compiled import DurableGraph
from graph.master import open_graph
from graph.settings import Settings


@pytest.fixture
def graph(settings: Settings, tmp_path: Path) -> Iterator[DurableGraph]:
    """The whole graph; workspaces may not lie in /dev, where the database of the tests does."""
    with open_graph(settings.model_copy(update={"data_dir": tmp_path / "magnus"})) as graph:
        yield graph
