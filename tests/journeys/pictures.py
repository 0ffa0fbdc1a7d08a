"""Files that owners send, made on the spot."""

from __future__ import annotations

import struct
import zlib


def make_photo(size: int = 48, shade: int = 120) -> bytes:
    """A small grey picture that every viewer shows."""
    row = b"\x00" + bytes([shade]) * size

    def chunk(name: bytes, body: bytes) -> bytes:
        checked = name + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * size))
        + chunk(b"IEND", b"")
    )
