"""Unpacks the rich text of Outlook messages ([MS-OXRTFCP])."""

from __future__ import annotations

import struct

from domainkit.errors import IngestionError

_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
# The words every message is expected to begin with: the dictionary starts out with them.
_PRELOADED = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_MOST = 64 << 20


def decompressed(data: bytes) -> bytes:
    """Return the rich text that ``data`` packs.

    Raises:
        IngestionError: when it is damaged, or unpacks to more than is reasonable.
    """
    try:
        size, kind = struct.unpack_from("<4xII", data)
    except struct.error as error:
        raise IngestionError("its rich text is damaged") from error
    body = data[16:]
    if kind == _PLAIN:
        return body[:size]
    if kind != _COMPRESSED or size > _MOST:
        raise IngestionError("its rich text is damaged")
    return _unpacked(body, size)


def _unpacked(body: bytes, size: int) -> bytes:
    window = bytearray(_PRELOADED.ljust(_WINDOW, b"\x00"))
    write, place, out = len(_PRELOADED), 0, bytearray()
    while place < len(body) and len(out) < size:
        control = body[place]
        place += 1
        for bit in range(8):
            if control >> bit & 1:
                if place + 2 > len(body):
                    return bytes(out)
                token = body[place] << 8 | body[place + 1]
                place += 2
                start, length = token >> 4, (token & 15) + 2
                if start == write % _WINDOW:
                    return bytes(out)  # the mark of the end
                said = bytearray()
                for step in range(length):
                    byte = window[(start + step) % _WINDOW]
                    window[write % _WINDOW] = byte
                    write += 1
                    said.append(byte)
                out += said
            elif place < len(body):
                window[write % _WINDOW] = body[place]
                out.append(body[place])
                write += 1
                place += 1
    return bytes(out)
