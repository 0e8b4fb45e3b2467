"""From a task type and what was said to stages of agents, out of any registry."""

from prompts.registry import Registry
from prompts.triggers import Stages
from tools.routing.newcomers import Called, called
from tools.routing.placeholders import plain_words
from tools.routing.registries import own_registry
from tools.routing.sentence import read_words
from tools.routing.stages import stages_for


def staff(
    task_type: str, asked: str, complexity: str, registry: Registry | None = None, newcomers: Called | None = None
) -> Stages:
    """Who works on a request, by Magnus's own registry where none is given.

    >>> staff("optimize", "the query is slow", "simple")[1:4]
    [['database_optimizer'], ['python_pro'], ['qa_debugger']]
    """
    among = registry or own_registry()
    sentence = read_words(asked)
    joining = newcomers or called(among, asked, plain_words(asked, sentence))
    return stages_for(task_type, sentence, among, is_complex=complexity == "complex", called=joining.agents)
