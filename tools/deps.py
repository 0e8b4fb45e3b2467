"""What the nodes work with, chosen once by whoever builds the graph."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from checkpoints.database import Database
from graph.settings import Settings
from trading.contracts import Market


@dataclass(frozen=True)
class Deps:
    """The collaborators of a node. Each is read or opened when it is first asked for."""

    settings: Callable[[], Settings]
    database: Callable[[], Database]
    market: Callable[[str], Market]
    now: Callable[[], datetime]
