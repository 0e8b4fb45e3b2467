"""A chain as bytes for a database row, and back again: plain columns behind a checked header, nothing executable."""

import math
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Chain, Floats

VERSION = 2
HEADER = struct.Struct("<4sBxxxII")
MAGIC = b"MGNC"
FLOATS = ("strike", "bid", "ask", "last", "volume", "open_interest")
COLUMNS = (*FLOATS, "expiry", "is_call")
FORMS = (
    ("<u2", 1),
    ("<u2", 100),
    ("<u4", 1),
    ("<u4", 100),
    ("<u4", 10_000),
    ("<f8", 1),
    ("<i4", 1),
    ("?", 1),
)
"""How a column is kept: the type of its numbers, and by how much they were multiplied. The largest whole number of an
unsigned type is a NaN, or for an expiry the day itself. Prices are whole cents, so most take two bytes, not eight."""
FORMS_OF_1 = bytes([5] * len(FLOATS) + [6, 7])
AS_FLOATS, AS_DAYS, AS_SIGNED_DAYS, AS_FLAGS = range(6), 0, 6, 7

Blob = bytes | memoryview
Columns = dict[str, NDArray[Any]]


def pack(chain: Chain) -> bytes:
    """The contracts of a chain, bit for bit, in 15 to 53 bytes each; symbol, time and spot are kept by the caller.

    Little-endian: magic, version, count and CRC-32 of the rest in 16 bytes; then for each of COLUMNS its place among
    FORMS, a byte each; then contract after contract. Raises ValueError for a chain whose columns differ in length or
    whose expiries are not all dates.
    """
    days = chain.expiry.astype("datetime64[D]").astype(np.int64)
    if (days != days.astype("<i4")).any():
        raise ValueError("an expiry of this chain is not a date")
    floats = [np.ascontiguousarray(getattr(chain, name), "<f8") for name in FLOATS]
    if len({len(column) for column in (*floats, days, chain.is_call)}) != 1:
        raise ValueError("the columns of this chain differ in length")
    is_short = ((days >= 0) & (days < 1 << 16)).all()
    forms = bytes([*map(_smallest_form, floats), AS_DAYS if is_short else AS_SIGNED_DAYS, AS_FLAGS])
    rows = np.empty(len(chain), _layout(forms))
    for name, column, form in zip(COLUMNS, (*floats, days, chain.is_call), forms, strict=True):
        rows[name] = _narrowed(column, form) if name in FLOATS else column
    body = forms + rows.tobytes()
    return HEADER.pack(MAGIC, VERSION, len(chain), zlib.crc32(body)) + body


def unpack(symbol: str, as_of: datetime, spot: float, blob: Blob) -> Chain:
    """The chain that `pack` was given.

    Raises ValueError where the bytes are not a packed chain, are damaged, or are from a version this one cannot read.
    """
    (pile,) = pile_up([blob])
    return Chain(symbol=symbol, as_of=as_of, spot=spot, **pile.columns(COLUMNS))


@dataclass(frozen=True)
class Pile:
    """The contracts of chains that were packed in one form; `places` are those of the chains, `counts` their sizes."""

    places: list[int]
    counts: list[int]
    rows: NDArray[np.void]
    forms: bytes

    def columns(self, names: Iterable[str], some: NDArray[np.intp] | None = None) -> Columns:
        """As `pack` was given them, for all rows or for some."""
        rows = self.rows if some is None else self.rows.take(some)
        return {name: _widened(np.ascontiguousarray(rows[name]), self._form(name), name) for name in names}

    def _form(self, name: str) -> int:
        return self.forms[COLUMNS.index(name)]


def pile_up(blobs: Sequence[Blob]) -> list[Pile]:
    """Many packed chains, put together by their form. Raises ValueError as `unpack` does."""
    alike: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    counts = []
    for place, blob in enumerate(blobs):
        version, forms, count = _checked(blob)
        alike[version, forms].append(place)
        counts.append(count)
    return [
        Pile(places, [counts[place] for place in places], _rows([blobs[place] for place in places], *form), form[1])
        for form, places in alike.items()
    ]


def _rows(blobs: list[Blob], version: int, forms: bytes) -> NDArray[np.void]:
    if version == 1:
        return np.concatenate([_rows_of_version_1(blob) for blob in blobs])
    return np.frombuffer(b"".join(blob[HEADER.size + len(COLUMNS) :] for blob in blobs), _layout(forms))


@lru_cache
def _layout(forms: bytes) -> np.dtype[Any]:
    return np.dtype([(name, FORMS[form][0]) for name, form in zip(COLUMNS, forms, strict=True)])


def _smallest_form(column: Floats) -> int:
    """The first of the forms that gives every number of the column back, bit for bit."""
    for form in AS_FLOATS:
        back = _widened(_narrowed(column, form), form, "")
        if (back.view(np.int64) == column.view(np.int64)).all():
            return form
    raise AssertionError("eight bytes hold any number")


def _narrowed(column: Floats, form: int) -> NDArray[Any]:
    kind, scale = FORMS[form]
    if kind == "<f8":
        return column
    top = np.iinfo(kind).max
    with np.errstate(all="ignore"):
        whole = np.rint(column * scale)
    return np.where((whole >= 0) & (whole < top), whole, top).astype(kind)


def _widened(column: NDArray[Any], form: int, name: str) -> NDArray[Any]:
    if name == "expiry":
        return column.astype(np.int64).view("datetime64[D]")
    kind, scale = FORMS[form]
    if kind in ("<f8", "?"):
        return column.copy()
    wide = column / scale
    wide[column == np.iinfo(kind).max] = np.nan
    return np.asarray(wide)


def _rows_of_version_1(blob: Blob) -> NDArray[np.void]:
    """From column after column: the floats in eight bytes each, the expiries in four, and one that is 1 for a call."""
    count = HEADER.unpack_from(blob)[2]
    rows = np.empty(count, _layout(FORMS_OF_1))
    floats = np.frombuffer(blob, "<f8", count * len(FLOATS), HEADER.size).reshape(len(FLOATS), count)
    for name, column in zip(FLOATS, floats, strict=True):
        rows[name] = column
    at = HEADER.size + floats.nbytes
    rows["expiry"] = np.frombuffer(blob, "<i4", count, at)
    rows["is_call"] = np.frombuffer(blob, np.bool_, count, at + 4 * count)
    return rows


def _checked(blob: Blob) -> tuple[int, bytes, int]:
    """The version, the forms and the count of a packed chain that is whole."""
    if len(blob) < HEADER.size:
        raise ValueError(f"a packed chain has at least {HEADER.size} bytes, and this has {len(blob)}")
    magic, version, count, checksum = HEADER.unpack_from(blob)
    if magic != MAGIC:
        raise ValueError("these bytes are not a packed chain")
    if not 1 <= version <= VERSION:
        raise ValueError(f"this chain was packed by version {version}, and this Magnus reads version {VERSION}")
    forms = FORMS_OF_1 if version == 1 else bytes(blob[HEADER.size : HEADER.size + len(COLUMNS)])
    if len(blob) != HEADER.size + (version > 1) * len(COLUMNS) + count * _bytes_a_contract(forms):
        raise ValueError(f"a packed chain of {count} contracts cannot have {len(blob)} bytes: it was cut or joined")
    if zlib.crc32(blob[HEADER.size :]) != checksum:
        raise ValueError("this packed chain was damaged: its checksum differs")
    return version, forms, count


@lru_cache
def _bytes_a_contract(forms: bytes) -> float:
    """NaN, which equals no length, where a form is missing or there is none of that number."""
    is_known = len(forms) == len(COLUMNS) and max(forms) < len(FORMS)
    return _layout(forms).itemsize if is_known else math.nan
