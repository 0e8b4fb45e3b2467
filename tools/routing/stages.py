"""Which agents work on a task type, in which order: its workflow says what holds when, the registry who answers."""

from collections.abc import Sequence
from functools import lru_cache

from prompts.agent import Agent
from prompts.registry import Registry
from prompts.triggers import Stages, joined, trimmed, with_required
from prompts.workflow import Workflow
from prompts.workflow_stages import staffed_stages
from prompts.workflow_when import COMPLEX, subject_of
from tools.routing.declined import declined
from tools.routing.phrases import Phrases, phrases
from tools.routing.sentence import Sentence
from tools.routing.vocabulary import phrase_set


def stages_for(
    workflow: Workflow,
    sentence: Sentence,
    registry: Registry,
    *,
    is_complex: bool = False,
    called: Sequence[Agent] = (),
) -> Stages:
    """Stages of parallel agents: those of the workflow, those a subject brings in, and the newcomers `called`.

    What a person says is not needed is left out, but nobody who is mandatory or required by another.
    """

    def holds(clause: str) -> bool:
        return is_complex if clause == COMPLEX else mentions(sentence, subject_of(clause))

    named = [stage for stage in staffed_stages(workflow, holds, registry) if stage]
    if not named:
        return []
    together = with_required(joined(named, () if workflow.closed else called, registry), registry)
    return _without_declined(together, sentence, registry)


def mentions(sentence: Sentence, subject: str) -> bool:
    """Whether one of a subject's phrases, or a phrase in double quotes, stands anywhere in the request."""
    wanted = _quoted(subject[1:-1]) if subject.startswith('"') else phrase_set(subject)
    return any(True for _ in wanted.find(sentence.tokens))


def _without_declined(stages: Stages, sentence: Sentence, registry: Registry) -> Stages:
    first = set(stages[0])
    names = {name for stage in stages for name in stage}
    unwanted = declined([agent for name in names - first if (agent := registry.get(name))], sentence)
    return trimmed(stages, names - unwanted, registry) if unwanted else stages


@lru_cache(maxsize=256)
def _quoted(phrase: str) -> Phrases[bool]:
    return phrases(phrase.replace("|", " "))
