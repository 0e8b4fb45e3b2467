"""Chains survive being packed, and damage is noticed."""

import struct
import zlib
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trading.contracts import Chain
from trading.packing import FLOATS, pack, pile_up, unpack

MOMENT = datetime(2026, 10, 30, 20, tzinfo=UTC)
LONG_AGO = np.array(["1969-01-17", "1969-01-17"], "datetime64[D]")
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
    later[4] = 3
    with pytest.raises(ValueError, match="packed by version 3"):
        unpacked(bytes(later))


def test_a_chain_without_all_its_expiries_is_not_packed() -> None:
    with pytest.raises(ValueError, match="not a date"):
        pack(replace(two_contracts(), expiry=np.array(["2026-11-20", "NaT"], "datetime64[D]")))


def test_columns_of_different_length_are_not_packed() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        pack(replace(two_contracts(), bid=np.array([1.0])))


def test_a_contract_in_whole_cents_takes_15_bytes_and_never_more_than_53() -> None:
    assert len(pack(two_contracts())) == 16 + 8 + 2 * 15
    thirds = np.full(2, 1 / 3)
    odd = Chain("XYZ", MOMENT, 12.5, np.array([True, False]), thirds, LONG_AGO, thirds, thirds, thirds, thirds, thirds)
    assert len(pack(odd)) == 16 + 8 + 2 * 53


def test_a_chain_packed_by_the_first_version_is_read() -> None:
    chain = two_contracts()
    body = b"".join(np.asarray(getattr(chain, name), "<f8").tobytes() for name in FLOATS)
    body += chain.expiry.astype(np.int64).astype("<i4").tobytes() + chain.is_call.astype("u1").tobytes()
    back = unpacked(struct.pack("<4sBxxxII", b"MGNC", 1, 2, zlib.crc32(body)) + body)
    for column in fields(Chain)[3:]:
        assert getattr(back, column.name).tobytes() == getattr(chain, column.name).tobytes(), column.name


def test_chains_of_any_form_come_back_together_each_in_its_place() -> None:
    small, large = two_contracts(), replace(two_contracts(), volume=np.array([1e6, 2.5]))
    piles = pile_up([pack(small), pack(large), pack(small)])
    assert [(pile.places, pile.counts) for pile in piles] == [([0, 2], [2, 2]), ([1], [2])]
    assert piles[0].columns(["strike"], np.array([0, 2]))["strike"].tolist() == [10.0, 10.0]
    assert piles[1].columns(["volume"])["volume"].tolist() == [1e6, 2.5]
