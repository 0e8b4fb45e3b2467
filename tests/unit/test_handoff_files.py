"""Handoffs as files: in order, once, and no more than there are."""

from pathlib import Path
from typing import Any

from tools.agents.handoff_files import write_handoffs


def handoff(agent: str, text: str) -> dict[str, Any]:
    return {"from_agent": agent, "deliverables": {"text": text, "files": []}}


def test_each_handoff_is_a_file_that_it_names_also_after_a_second_try(tmp_path: Path) -> None:
    three = [handoff("error_detective", "Found."), handoff("../Data Person", "Mended."), handoff("qa", "π")]
    for given in (three, three[:2]):
        written = write_handoffs(tmp_path, "r", given)
        home = tmp_path / "handoffs" / "r"
        names = ["01-error_detective", "02--data-person", "03-qa"][: len(given)]
        assert [one["deliverables"]["file"] for one in written] == [str(home / name / "HANDOFF.md") for name in names]
        assert sorted(path.name for path in home.iterdir()) == names
        assert [(home / name / "HANDOFF.md").read_text(encoding="utf-8") for name in names] == [
            one["deliverables"]["text"] for one in given
        ]
        assert [path for path in home.rglob("*") if path.is_file() and path.name != "HANDOFF.md"] == []
    assert "file" not in three[0]["deliverables"]
