"""Who is left out because the request says so: "no docs needed", "without a review"."""

from collections.abc import Iterable, Iterator

from prompts.agent import Agent
from tools.routing.sentence import Sentence
from tools.routing.tokens import Token
from tools.routing.vocabulary import phrase_set, word_set


def declined(agents: Iterable[Agent], sentence: Sentence) -> set[str]:
    """Names of the agents of which a part of the name, or something they can do, is said to be not needed.

    >>> from prompts.registry import load, sources
    >>> from tools.routing.sentence import read_words
    >>> sorted(declined(load(sources()), read_words("fix the crash in scan.py, no docs needed")))
    ['documentation']
    """
    refused = set(_refused(sentence.tokens))
    return {agent.name for agent in agents if refused and not refused.isdisjoint(_words_of(agent))}


def _refused(tokens: list[Token]) -> Iterator[str]:
    """The words that end a clause after "without", "no" or "skip", and those before "needed"."""
    for found in phrase_set("declining").find(tokens):
        start = found.end
        while start < len(tokens) and tokens[start].low in word_set("declined_articles"):
            start += 1
        after = tokens[start + 1].low if start + 1 < len(tokens) else "."
        if start < len(tokens) and after in word_set("after_declined"):
            yield _singular(tokens[start].low)


def _words_of(agent: Agent) -> set[str]:
    return {_singular(word) for word in (*agent.key.split("_"), *(one.lower() for one in agent.capabilities))}


def _singular(word: str) -> str:
    return word.removesuffix("s")
