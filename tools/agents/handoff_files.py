"""The handoffs of a request as files: HANDOFF.md of each agent, in the order in which they handed over."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def write_handoffs(data_dir: Path, request_id: str, handoffs: Sequence[Json]) -> list[Json]:
    """Write each handoff, once or again; returns them with the file among their deliverables.

    What an earlier try of the request left there goes.
    """
    home = data_dir.resolve() / "handoffs" / request_id
    written = [_written(home / f"{number:02d}-{_name(one)}", one) for number, one in enumerate(handoffs, 1)]
    kept = {Path(one["deliverables"]["file"]).parent for one in written}
    for folder in set(home.glob("*")) - kept:
        shutil.rmtree(folder, ignore_errors=True)
    return written


def _name(handoff: Json) -> str:
    return re.sub(r"[^\w-]+", "-", handoff["from_agent"].lower())[:60]


def _written(folder: Path, handoff: Json) -> Json:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, fresh = folder / "HANDOFF.md", folder / "HANDOFF.new"
    fresh.write_text(handoff["deliverables"]["text"], encoding="utf-8")
    fresh.replace(path)
    return {**handoff, "deliverables": {**handoff["deliverables"], "file": str(path)}}
