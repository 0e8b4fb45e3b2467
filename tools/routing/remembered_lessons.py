"""Makes lessons of what people say: a choice, a correction, a rating."""

from datetime import datetime
from typing import TYPE_CHECKING

from checkpoints.lessons import Lesson, Source, keep_lesson, last_done
from tools.routing.remembered_words import masked, normalised
from tools.routing.router import UNKNOWN, route

if TYPE_CHECKING:
    from checkpoints.database import Database

WEIGHTS: dict[Source, float] = {"corrected": 2.0, "chosen": 1.0, "rated": 1.0}
"""A correction outlives one bad rating of the work that followed; a choice does not."""


def lesson(source: Source, prompt: str, task_type: str, is_good: bool = True) -> Lesson:
    """What a sentence was meant as, ready to be kept.

    >>> lesson("corrected", "Look at AMD.", "assess_risk").words
    'look at <sym>'
    """
    return Lesson(
        source=source,
        sentence=normalised(prompt),
        words=" ".join(masked(prompt)),
        task_type=task_type,
        read_as=route(prompt)["task_type"],
        weight=WEIGHTS[source] if is_good else -WEIGHTS[source],
    )


def learn_from_rating(database: "Database", thread_id: str, is_good: bool, now: datetime) -> None:
    """Strengthen or weaken how the thread's last sentence was understood; a newer rating of it takes the place."""
    done = last_done(database, thread_id)
    if done and done.prompt and done.task_type != UNKNOWN:
        keep_lesson(database, lesson("rated", done.prompt, done.task_type, is_good), done.request_id, now, None)
