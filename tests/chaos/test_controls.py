"""The harness with one guard switched off finds what that guard is for: a checker that cannot fail proves nothing."""

import signal
import time
from pathlib import Path

from chaos import disturb
from chaos.harness import Nursery, Trial, goes_on, trial

from graph.settings import Settings

NO_FENCE = """
CREATE OR REPLACE FUNCTION magnus_fence(thread text, mine bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
END $$
"""


def kinds(found: Trial) -> set[str]:
    return {violation.name for violation in found.finish()}


def test_without_leases_three_workers_do_everything_twice(nursery: Nursery, settings: Settings, tmp_path: Path) -> None:
    with trial(nursery, settings, tmp_path / "trial", has_fence=False) as unguarded:
        unguarded.accept(6)
        unguarded.keep_three()
        found = kinds(unguarded)
    assert {"doubled effect", "forked history"} <= found


def test_without_the_effects_table_a_kill_after_the_deed_doubles_it(
    nursery: Nursery, settings: Settings, tmp_path: Path
) -> None:
    with trial(nursery, settings, tmp_path / "trial", has_effects=False) as unguarded:
        unguarded.kill_points = ["after:draft", "after:join", "after:close"]
        while len(unguarded.journal.lines("hit")) < 3:
            unguarded.keep_busy()
            time.sleep(0.02)
        assert kinds(unguarded) == {"doubled effect"}


def test_without_the_fence_a_frozen_worker_forks_the_history_when_it_wakes(field: Trial) -> None:
    with field.database.begin() as connection:
        connection.exec_driver_sql(NO_FENCE)
    frozen = field.start_one(kill_at="after:draft", kill_with="SIGSTOP")
    hit = disturb.wait_for(field, lambda line: line["what"] == "hit")
    disturb.wait_for(field, lambda line: goes_on(line, hit["at"], frozen.pid, hit["thread"]))
    frozen.send(signal.SIGCONT)
    assert "forked history" in kinds(field)
