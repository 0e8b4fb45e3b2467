"""What was delivered lately is a question about Magnus; what changed in the code or in a price is another one."""

from pathlib import Path

import pytest

from tools.routing.router import route

EXAMPLES = Path(__file__).parents[2] / "prompts" / "examples"
LATELY = [
    "what changed lately",
    "what did you deliver lately",
    "what have you delivered since Monday",
    "which changes were delivered today",
    "what did you deliver this week",
    "what was delivered yesterday",
    "show me the latest deliveries",
    "which branches did you deliver this month",
    "was anything delivered in an emergency",
    "who approved the last delivery",
    "which fixes were merged today",
    "show recent changes",
]
NOT_LATELY = [
    ("what changed in dashboard.py", "answer_question"),
    ("what changed between the two versions of the scan", "answer_question"),
    ("what did the last commit change", "answer_question"),
    ("explain the recent changes to the router", "answer_question"),
    ("review the latest changes", "review_code"),
    ("document what changed", "write_docs"),
    ("what changed in the price of KO today", "market_data"),
    ("which stocks changed most lately", "market_data"),
    ("how did AMD change since yesterday", "market_data"),
    ("was my parcel delivered today", "unknown"),
    ("what changed in the tax law lately", "unknown"),
]
CALLS = [
    ("which calls on my PEP shares", "PEP"),
    ("calls on my PEP shares", "PEP"),
    ("which call on my shares of PEP", "PEP"),
    ("covered calls on my KO", "KO"),
    ("what calls can I write against my PEP", "PEP"),
]
NOT_CALLS_TO_SELL = [
    ("what are calls on PEP trading at", "market_data"),
    ("who called on my phone", "unknown"),
    ("what calls did I get yesterday", "unknown"),
]


@pytest.mark.parametrize("sentence", LATELY)
def test_what_was_delivered_lately_is_asked_of_magnus(sentence: str) -> None:
    decision = route(sentence)
    assert (decision["task_type"], decision["decided"]) == ("check_health", True)


@pytest.mark.parametrize(("sentence", "symbol"), CALLS)
def test_calls_on_shares_one_has_are_looked_for(sentence: str, symbol: str) -> None:
    decision = route(sentence)
    assert (decision["task_type"], decision["decided"]) == ("find_opportunities", True)
    assert decision["slots"] == {"symbols": [symbol], "option_type": "call"}


@pytest.mark.parametrize(("sentence", "task_type"), [*NOT_LATELY, *NOT_CALLS_TO_SELL])
def test_what_only_sounds_alike_goes_where_it_belongs(sentence: str, task_type: str) -> None:
    decision = route(sentence)
    assert (decision["task_type"], decision["decided"]) == (task_type, True)


def test_no_sentence_to_judge_by_was_learned() -> None:
    learned = {line.lower() for path in EXAMPLES.glob("*.txt") for line in path.read_text().splitlines()}
    judged = [*LATELY, *(sentence for sentence, _ in (*CALLS, *NOT_LATELY, *NOT_CALLS_TO_SELL))]
    assert not learned & {sentence.lower() for sentence in judged}
