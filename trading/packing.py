"""A chain as bytes for a database row, and back again: plain columns behind a checked header, nothing executable."""

import struct
import zlib
from datetime import datetime

import numpy as np

from trading.contracts import Chain

VERSION = 1
HEADER = struct.Struct("<4sBxxxII")
MAGIC = b"MGNC"
FLOATS = ("strike", "bid", "ask", "last", "volume", "open_interest")
BYTES_A_CONTRACT = 8 * len(FLOATS) + 4 + 1


def pack(chain: Chain) -> bytes:
    """The contracts of a chain, bit for bit, in 53 bytes each; symbol, time and spot are kept beside it by the caller.

    Little-endian: magic, version, count and CRC-32 of the rest in 16 bytes, then the floats column by column, the
    expiries as days since 1970 in 32 bits, and a byte that is 1 for a call. Raises ValueError for a chain whose
    columns differ in length or whose expiries are not all dates.
    """
    days = chain.expiry.astype("datetime64[D]").astype(np.int64)
    narrow = days.astype("<i4")
    if (narrow != days).any():
        raise ValueError("an expiry of this chain is not a date")
    columns = [np.ascontiguousarray(getattr(chain, name), "<f8") for name in FLOATS]
    columns += [narrow, chain.is_call.astype("u1")]
    if len({len(column) for column in columns}) != 1:
        raise ValueError("the columns of this chain differ in length")
    body = b"".join(column.tobytes() for column in columns)
    return HEADER.pack(MAGIC, VERSION, len(chain), zlib.crc32(body)) + body


def unpack(symbol: str, as_of: datetime, spot: float, blob: bytes) -> Chain:
    """The chain that `pack` was given; its floats are read-only views of `blob`.

    Raises ValueError where the bytes are not a packed chain, are damaged, or are from a version this one cannot read.
    """
    count = _checked_count(blob)
    floats = np.frombuffer(blob, "<f8", count * len(FLOATS), HEADER.size).reshape(len(FLOATS), count)
    at = HEADER.size + floats.nbytes
    return Chain(
        symbol=symbol,
        as_of=as_of,
        spot=spot,
        is_call=np.frombuffer(blob, np.bool_, count, at + 4 * count),
        expiry=np.frombuffer(blob, "<i4", count, at).astype("datetime64[D]"),
        **dict(zip(FLOATS, floats, strict=True)),
    )


def _checked_count(blob: bytes) -> int:
    if len(blob) < HEADER.size:
        raise ValueError(f"a packed chain has at least {HEADER.size} bytes, and this has {len(blob)}")
    magic, version, count, checksum = HEADER.unpack_from(blob)
    if magic != MAGIC:
        raise ValueError("these bytes are not a packed chain")
    if version != VERSION:
        raise ValueError(f"this chain was packed by version {version}, and this Magnus reads version {VERSION}")
    if len(blob) != HEADER.size + count * BYTES_A_CONTRACT:
        raise ValueError(f"a packed chain of {count} contracts cannot have {len(blob)} bytes: it was cut or joined")
    if zlib.crc32(memoryview(blob)[HEADER.size :]) != checksum:
        raise ValueError("this packed chain was damaged: its checksum differs")
    return int(count)
