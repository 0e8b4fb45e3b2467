"""What a model call costs, by our table of prices or by one of the person's own."""

from decimal import Decimal
from pathlib import Path

import pytest

from graph.errors import BadInput
from tools.prices import COLUMNS, price_of


def test_the_longest_fitting_name_has_the_price() -> None:
    assert price_of("claude-sonnet-5-5").model == "claude-sonnet-5-5"
    assert price_of("claude-sonnet-4-5-20250929").model == "claude-sonnet"
    assert price_of("anthropic:claude-haiku-5-5").model == "claude-haiku-5-5"


def test_a_model_nobody_knows_costs_as_much_as_the_dearest() -> None:
    assert price_of("openai:gpt-unheard-of").output == max(
        price_of(name).output for name in ("claude-fable", "claude-opus", "claude-sonnet", "claude-haiku")
    )


def test_the_parts_of_a_call_have_their_own_prices() -> None:
    price = price_of("claude-sonnet-5-5")
    assert price.usd(1_000_000, 0) == Decimal(2)
    assert price.usd(0, 1_000_000) == Decimal(10)
    assert price.usd(1_000_000, 0, cache_read=1_000_000) == Decimal("0.1")
    assert price.usd(1_000_000, 0, cache_write=500_000) == Decimal("2.25")


def test_a_long_prompt_makes_the_whole_call_dearer() -> None:
    price = price_of("claude-haiku-5-5")
    assert price.usd(100_001, 1000) / price.usd(100_000, 1000) > Decimal("4.9")


def test_a_person_can_bring_a_table(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(f"{','.join(COLUMNS)}\nmine,2026-11-01,1,2,1,1,,\n", encoding="utf-8")
    assert price_of("mine-large", file).usd(1_000_000, 1_000_000) == Decimal(3)


@pytest.mark.parametrize("content", ["", "model,input\nx,1\n", f"{','.join(COLUMNS)}\nx,2026,-1,2,1,1,,\n"])
def test_a_table_that_cannot_be_read_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=r"prices\.csv"):
        price_of("x", file)
