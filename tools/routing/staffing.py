"""From a task type and what was said to stages of agents, out of any registry and any workflows."""

from prompts.registry import Registry
from prompts.triggers import Stages
from prompts.workflow_loading import Workflows
from tools.routing.newcomers import Called, called
from tools.routing.placeholders import plain_words
from tools.routing.registries import own_registry
from tools.routing.sentence import read_words
from tools.routing.stages import stages_for
from tools.routing.workflows import own_workflows


def staff(
    task_type: str,
    asked: str,
    complexity: str,
    registry: Registry | None = None,
    newcomers: Called | None = None,
    workflows: Workflows | None = None,
) -> Stages:
    """Who works on a request, by Magnus's own registry and workflows where none are given.

    >>> staff("optimize", "the query is slow", "simple")[1:4]
    [['database_optimizer'], ['python_pro'], ['qa_debugger']]
    """
    among = registry or own_registry()
    workflow = (workflows or own_workflows()).get(task_type)
    if workflow is None:
        return []
    sentence = read_words(asked)
    joining = newcomers or called(among, asked, plain_words(asked, sentence))
    return stages_for(workflow, sentence, among, is_complex=complexity == "complex", called=joining.agents)
