"""`make train`: the classifier of the router from prompts/examples, the same bytes every time."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from sklearn.svm import LinearSVC

from tools.routing.classifier import MODEL
from tools.routing.evidence import Evidence, gather
from tools.routing.router import UNKNOWN
from tools.routing.steering import without_steering
from tools.routing.terms import BUCKETS, content, vector

EXAMPLES = Path(__file__).parents[1] / "prompts" / "examples"
COST = 0.7
FOLDS = 5
GROUP = 20
"""Sentences written in one go stand next to each other, and are held out together."""
TEMPERATURES = np.linspace(1.0, 12.0, 111)
WANTED_RIGHT = 0.95
LEAN = 0.1
"""Added to the score of what is out of scope: everyday life has more words than any list of examples."""


class Example(NamedTuple):
    """A sentence of one task type; `group` are the sentences written in one go with it."""

    task_type: str
    group: str
    fold: int
    evidence: Evidence


def read_examples() -> list[Example]:
    """All sentences of prompts/examples, in the order of the files."""
    return [
        Example(path.stem, f"{path.stem} {place // GROUP}", (place // GROUP + number) % FOLDS, gather(asked))
        for number, path in enumerate(sorted(EXAMPLES.glob("*.txt")))
        for place, line in enumerate(path.read_text(encoding="utf-8").splitlines())
        if (asked := without_steering(line))
    ]


def field_words(examples: Iterable[Example]) -> dict[str, set[str]]:
    """The stems of our field, with the groups that use them; what is out of scope teaches none."""
    groups: dict[str, set[str]] = {}
    for example in examples:
        if example.task_type != UNKNOWN:
            for stem in content(example.evidence.words):
                groups.setdefault(stem, set()).add(example.group)
    return groups


def matrix(examples: Iterable[Example], field: Mapping[str, set[str]]) -> Any:
    """One sparse row of terms a sentence; a stem that only its own group uses is foreign to it."""
    starts, buckets, values = [0], [], []
    for example in examples:
        words = example.evidence.words
        known = {stem for stem in content(words) if field.get(stem, set()) - {example.group}}
        found, weights = vector(words, example.evidence.points, known)
        buckets += found
        values += weights
        starts.append(len(buckets))
    return scipy.sparse.csr_matrix((values, buckets, starts), shape=(len(starts) - 1, BUCKETS))


def fit(rows: Any, labels: np.ndarray) -> LinearSVC:
    """A linear support vector machine, one against the rest."""
    return LinearSVC(C=COST, random_state=0, tol=1e-4, max_iter=2000).fit(rows, labels)


def held_out_scores(rows: Any, labels: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The scores of every sentence by a model that saw neither it nor its neighbours."""
    scores = np.zeros((len(labels), labels.max() + 1))
    for fold in range(FOLDS):
        scores[folds == fold] = fit(rows[folds != fold], labels[folds != fold]).decision_function(rows[folds == fold])
    return scores


def leaning(types: list[str]) -> np.ndarray:
    """What is added to the score of each type."""
    return np.array([LEAN * (name == UNKNOWN) for name in types])


def shares(scores: np.ndarray) -> np.ndarray:
    """Scores as probabilities."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def temperature(scores: np.ndarray, labels: np.ndarray) -> float:
    """The factor by which held out scores become log odds that can be believed."""
    places = np.arange(len(labels))
    return float(min(TEMPERATURES, key=lambda factor: -np.log(shares(scores * factor)[places, labels]).sum()))


def save(model: LinearSVC, factor: float, types: list[str], field: Mapping[str, set[str]]) -> None:
    """Weights in 127ths of the largest of their type, beside what gives them back their size."""
    weights = model.coef_.T
    largest = np.abs(weights).max(axis=0)
    np.savez(
        MODEL,
        types=np.array(types),
        weights=np.rint(weights / largest * 127).astype(np.int8),
        scale=(largest / 127 * factor).astype(np.float32),
        bias=((model.intercept_ + leaning(types)) * factor).astype(np.float32),
        known=np.array(sorted(field)),
        spread=np.array([len(field[stem]) for stem in sorted(field)], dtype=np.uint16),
        groups=len(set().union(*field.values())),
    )


def report(likely: np.ndarray, labels: np.ndarray, types: list[str]) -> None:
    """How good the held out guesses are: in all, for each type, and of the surest."""
    right = likely.argmax(axis=1) == labels
    surest = right[np.argsort(-likely.max(axis=1), kind="stable")]
    running = np.cumsum(surest) / np.arange(1, len(surest) + 1)
    decidable = (running >= WANTED_RIGHT).nonzero()[0]
    print(f"{len(labels)} sentences, {right.mean():.1%} right by cross-validation")
    print(f"{(decidable.max() + 1 if len(decidable) else 0) / len(labels):.1%} decided with {WANTED_RIGHT:.0%} right")
    for number, name in enumerate(types):
        print(f"  {right[labels == number].mean():6.1%} of {(labels == number).sum()} {name}")


def main() -> None:
    """Train, say how good it is by cross-validation, and write the model."""
    examples = read_examples()
    types = sorted({example.task_type for example in examples})
    labels = np.array([types.index(example.task_type) for example in examples])
    field = field_words(examples)
    rows = matrix(examples, field)
    scores = held_out_scores(rows, labels, np.array([example.fold for example in examples])) + leaning(types)
    factor = temperature(scores, labels)
    report(shares(scores * factor), labels, types)
    save(fit(rows, labels), factor, types, field)
    print(f"{MODEL.name}: {MODEL.stat().st_size / 1e6:.1f} MB, temperature {factor:.1f}")


if __name__ == "__main__":
    main()
