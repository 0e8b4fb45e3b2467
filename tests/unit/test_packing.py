"""Chains survive being packed, and damage is noticed."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trading.contracts import Chain
from trading.packing import FLOATS, pack, unpack

MOMENT = datetime(2026, 10, 30, 20, tzinfo=UTC)
DAYS = st.integers(-100_000, 100_000)


@st.composite
def chains(draw: Any) -> Chain:
    count = draw(st.integers(0, 30))
    floats = {name: draw(arrays(np.float64, count)) for name in FLOATS}
    expiry = draw(arrays(np.int64, count, elements=DAYS)).astype("datetime64[D]")
    return Chain("XYZ", MOMENT, 12.5, is_call=draw(arrays(np.bool_, count)), expiry=expiry, **floats)


def two_contracts() -> Chain:
    pair = np.array([10.0, np.nan])
    expiry = np.array(["2026-11-20", "2027-01-15"], "datetime64[D]")
    return Chain("XYZ", MOMENT, 12.5, np.array([True, False]), pair, expiry, pair, pair, pair, pair, pair)


def unpacked(blob: bytes) -> Chain:
    return unpack("XYZ", MOMENT, 12.5, blob)


@given(chains())
def test_any_chain_comes_back_bit_for_bit(chain: Chain) -> None:
    back = unpacked(pack(chain))
    for column in fields(Chain)[3:]:
        there, here = getattr(chain, column.name), getattr(back, column.name)
        assert (here.dtype, here.tobytes()) == (there.dtype, there.tobytes()), column.name
    assert (back.symbol, back.as_of, back.spot) == ("XYZ", MOMENT, 12.5)


def test_a_missing_figure_is_still_missing_and_not_zero() -> None:
    assert np.isnan(unpacked(pack(two_contracts())).bid).tolist() == [False, True]


def test_a_view_of_a_database_row_is_read_as_well_as_bytes() -> None:
    assert unpacked(memoryview(pack(two_contracts()))).strike[0] == 10  # type: ignore[arg-type]


def test_every_flipped_byte_is_noticed() -> None:
    blob = pack(two_contracts())
    unpacked(blob)
    for place in range(len(blob)):
        if place in (5, 6, 7):  # padding of the header, which carries nothing
            continue
        damaged = bytearray(blob)
        damaged[place] ^= 0x10
        with pytest.raises(ValueError, match="packed"):
            unpacked(bytes(damaged))


@pytest.mark.parametrize("length", [0, 3, 15, 16, 40, -1])
def test_every_cut_is_noticed(length: int) -> None:
    with pytest.raises(ValueError, match="bytes"):
        unpacked(pack(two_contracts())[:length])


def test_two_chains_joined_are_not_one() -> None:
    with pytest.raises(ValueError, match="cut or joined"):
        unpacked(pack(two_contracts()) * 2)


def test_bytes_of_a_later_version_are_refused_by_its_number() -> None:
    later = bytearray(pack(two_contracts()))
    later[4] = 2
    with pytest.raises(ValueError, match="packed by version 2"):
        unpacked(bytes(later))


def test_a_chain_without_all_its_expiries_is_not_packed() -> None:
    with pytest.raises(ValueError, match="not a date"):
        pack(replace(two_contracts(), expiry=np.array(["2026-11-20", "NaT"], "datetime64[D]")))


def test_columns_of_different_length_are_not_packed() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        pack(replace(two_contracts(), bid=np.array([1.0])))


def test_a_contract_takes_53_bytes() -> None:
    assert len(pack(two_contracts())) == 16 + 2 * 53
