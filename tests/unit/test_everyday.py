"""What is none of Magnus's business: everyday life, banking near our field included, and orders."""

from pathlib import Path

import pytest

from tools.routing.router import route

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "prompts" / "examples"
SENTENCES = (HERE / "everyday_sentences.txt").read_text(encoding="utf-8").splitlines()
NEAR_OUR_FIELD = [
    "what's my credit score",
    "pay my electric bill",
    "what is my 401k balance",
    "order checks",
    "interest rate on my account",
    "insurance change",
    "my card was declined",
    "transfer $50 to savings",
]
OURS = [
    ("is selling 5 KO 60 puts within my limits", "assess_risk"),
    ("would two more CVX 140 puts put me over my limits", "assess_risk"),
    ("does the third SOFI contract break my own limits", "assess_risk"),
    ("stocks under $20 with IV rank over 50", "market_data"),
    ("etfs below $60 with ivr above 40", "market_data"),
    ("realised volatility of AMD", "market_data"),
    ("which stocks report next week", "market_data"),
    ("bid and ask of the MSFT 400 put", "market_data"),
    ("what failed yesterday", "check_health"),
    ("is everything running", "check_health"),
    ("fix dashboard.py", "fix_bug"),
]


def test_everyday_sentences_are_out_of_scope() -> None:
    right = [route(sentence)["task_type"] == "unknown" for sentence in SENTENCES]
    assert len(right) >= 300
    assert sum(right) >= 0.97 * len(right)


def test_hardly_an_everyday_sentence_is_taken_for_work() -> None:
    taken = [sentence for sentence in SENTENCES if (found := route(sentence))["decided"] and found["agents"]]
    assert len(taken) <= 3


@pytest.mark.parametrize("sentence", NEAR_OUR_FIELD)
def test_banking_is_not_trading(sentence: str) -> None:
    assert (route(sentence)["task_type"], route(sentence)["agents"]) == ("unknown", [])


@pytest.mark.parametrize(("sentence", "task_type"), OURS)
def test_what_is_near_everyday_life_and_ours_stays_ours(sentence: str, task_type: str) -> None:
    decision = route(sentence)
    assert (decision["task_type"], decision["decided"]) == (task_type, True)


def test_no_sentence_to_judge_by_was_learned() -> None:
    learned = {line.lower() for path in EXAMPLES.glob("*.txt") for line in path.read_text().splitlines()}
    assert not learned & {sentence.lower() for sentence in SENTENCES}
    assert len(set(SENTENCES)) == len(SENTENCES)
