"""The classifier: its terms, its committed arrays, and what it makes of sentences nobody wrote a rule for."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tools.routing.classifier import MODEL, load_model, probabilities
from tools.routing.concepts import concepts_of, stem
from tools.routing.evidence import gather
from tools.routing.terms import BUCKETS, WEIGHTS, vector

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "prompts" / "examples").glob("*.txt"))
NEAR_MISSES = [
    ("the page takes 9 s when I open it", "optimize"),
    ("which of my tests still fail", "run_tests"),
    ("is 5 KO 60 puts too much for me", "assess_risk"),
    ("what does KO pay", "market_data"),
    ("alerts arrive twice", "fix_bug"),
    ("tell me when AMD falls under 90", "manage_alert"),
    ("how does the sync know what is stale", "answer_question"),
    ("did last night's sync go through", "check_health"),
    ("plan how to split wheel.py but leave it alone", "design"),
    ("design a tattoo for me", "unknown"),
]


def _likely(prompt: str) -> dict[str, float]:
    evidence = gather(prompt)
    return probabilities(evidence.words, evidence.points)


@pytest.mark.parametrize(("prompt", "task_type"), NEAR_MISSES)
def test_near_misses_go_where_they_belong(prompt: str, task_type: str) -> None:
    likely = _likely(prompt)
    assert max(likely, key=likely.__getitem__) == task_type


def test_probabilities_cover_every_type_and_sum_to_one() -> None:
    likely = _likely("show me puts under $30")
    assert sorted(likely) == [path.stem for path in EXAMPLES]
    assert sum(likely.values()) == pytest.approx(1)


def test_there_are_several_hundred_different_sentences_a_type() -> None:
    sentences = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in EXAMPLES}
    assert len(sentences) == 18
    assert min(map(len, sentences.values())) >= 200
    together = [sentence for lines in sentences.values() for sentence in lines]
    assert len(together) == len(set(together))
    assert all(sentence.strip() == sentence != "" for sentence in together)


def test_every_block_of_terms_has_its_weight_as_length() -> None:
    _, values = vector(["fix", "<file>", "?"], {"fix_bug": 5.0}, {"fix"})
    blocks = sum(weight**2 for weight in WEIGHTS.values())
    assert np.square(values).sum() == pytest.approx(blocks, rel=0.35)


def test_terms_land_in_the_same_buckets_in_every_process() -> None:
    code = "from tools.routing.terms import vector; print(sorted(vector(['slow', 'page'], {}, set())[0]))"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert said.stdout.strip() == str(sorted(vector(["slow", "page"], {}, set())[0]))


def test_the_committed_arrays_are_small_and_fit_the_terms() -> None:
    model = load_model()
    assert model.weights.shape == (BUCKETS, len(model.types))
    assert model.weights.dtype == np.int8
    assert MODEL.stat().st_size < 4_000_000


def test_an_empty_request_has_probabilities_too() -> None:
    assert sum(probabilities([], {}).values()) == pytest.approx(1)


def test_deciding_needs_no_library_but_numpy() -> None:
    code = (
        "import sys; from tools.routing.router import route; route('make the scan faster'); "
        "print([name for name in ('sklearn', 'scipy', 'pandas') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"


def test_forms_of_a_word_are_about_the_same() -> None:
    assert set(concepts_of("crash")) <= set(concepts_of("crashed")) & set(concepts_of("crashes"))
    assert "defect" in concepts_of("crash")
    assert stem("tests") == stem("testing") == stem("test")
    assert concepts_of("qwertz") == ()
