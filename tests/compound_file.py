"""Writes compound files (OLE), as Outlook and old Office programs write them, for tests."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_SECTOR, _SMALL_SECTOR, _SMALL = 512, 64, 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5

Tree = Mapping[str, "bytes | Tree"]


@dataclass
class _Sectors:
    """Data in sectors of one size, and the table that chains them."""

    size: int
    data: bytes = b""
    table: list[int] = field(default_factory=list)

    def put(self, data: bytes) -> int:
        """Add ``data``; return its first sector."""
        start, count = len(self.table), -(-len(data) // self.size)
        self.data += data.ljust(count * self.size, b"\x00")
        self.table += [*range(start + 1, start + count), _END][:count]
        return start if count else _END

    def packed(self) -> bytes:
        return struct.pack(f"<{len(self.table)}I", *self.table)


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    right: int = _FREE
    child: int = _FREE
    start: int = _END

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\x00\x00"
        return struct.pack(
            "<64sHBBIII36sIQ", name, len(name), self.kind, 1, _FREE, self.right, self.child, b"",
            self.start, len(self.data),
        )  # fmt: skip


def compound_file(tree: Tree) -> bytes:
    """Return a compound file of streams (bytes) and storages (mappings)."""
    entries = [_Entry("Root Entry", _ROOT)]
    _add(entries, 0, tree)
    small, large = _Sectors(_SMALL_SECTOR), _Sectors(_SECTOR)
    for entry in entries[1:]:
        entry.start = (small if len(entry.data) < _SMALL else large).put(entry.data)
    entries[0].data = small.data
    entries[0].start = large.put(small.data)
    small_table = large.put(small.packed().ljust(_SECTOR, b"\xff"))
    directory = large.put(b"".join(entry.packed() for entry in entries))
    table = len(large.table)
    large.table.append(_TABLE)
    packed = large.packed()
    assert len(packed) <= _SECTOR, "only what one sector can chain"
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
        b"", 0, 1, directory, 0, _SMALL, small_table, 1, _END, 0, table,
    )  # fmt: skip
    return head.ljust(_SECTOR, b"\xff") + large.data + packed.ljust(_SECTOR, b"\xff")


def _add(entries: list[_Entry], parent: int, tree: Tree) -> None:
    """Add what a storage holds; its entries hang on each other to the right."""
    last = None
    for name, content in tree.items():
        number = len(entries)
        if isinstance(content, bytes):
            entries.append(_Entry(name, _STREAM, content))
        else:
            entries.append(_Entry(name, _STORAGE))
            _add(entries, number, content)
        if last is None:
            entries[parent].child = number
        else:
            entries[last].right = number
        last = number
