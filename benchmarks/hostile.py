"""Ingests files that are damaged or made to harm, and says what they cost.

    python benchmarks/hostile.py [DATA]

Three parts: 300 of the real files, cut or corrupted by seed; files made to exhaust what opens
them; and the worst small texts, which are read without a worker. DATA is the folder of benchmark
data; by default DOMAINKIT_DATA or ../shared/data.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from report import write

from domainkit.errors import IngestionError
from domainkit.ingestion import FileReport, Options, Report, ingest
from domainkit.ingestion.parsing import SMALL, Parser, Task
from domainkit.ingestion.profile import Profiles
from domainkit.store import Store

FILES = 300
SEED = 20
COMMAND = "python benchmarks/hostile.py"
DIED, HUNG, GREW = "what reads it failed", "reading it went on", "reading it takes more"


def main() -> None:
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("DOMAINKIT_DATA", "../shared/data")
    )
    notes = [f"seed {SEED}; an error that is no refusal would have ended the run"]
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        kinds = _damage(
            sorted(path for path in (data / "files").rglob("*") if path.is_file()), made
        )
        report = _ingested(made)
    rows = [
        _row(kind, [f for f in report.whole if kinds[Path(f.path).name] == kind])
        for kind in DAMAGE
    ]
    notes += [
        f"{file.path.partition('/')[2]}: {file.reason}" for file in report.files if _ended(file)
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, make in BOMBS.items():
            make(Path(folder) / name)
        for file in _ingested(Path(folder)).whole:
            rows.append(_row(Path(file.path).name, [file]))
            notes.append(f"{Path(file.path).name}: {file.outcome}, {file.reason or 'whole'}")
    worst, seconds = max(_small_texts(), key=lambda pair: pair[1])
    notes.append(f"the slowest small text, all {worst}, took {seconds:.2f} s without a worker")
    print(write("hostile", COMMAND, rows, notes))


def _ingested(folder: Path) -> Report:
    with (
        tempfile.TemporaryDirectory() as base,
        closing(Store.open(Path(base) / "store.sqlite", create=True)) as store,
    ):
        return ingest([folder], store, base=Path(base), options=Options(workers=2))


def _row(name: str, files: list[FileReport]) -> dict[str, object]:
    said = [file.reason for file in files]
    return {
        "what": name,
        "files": len(files),
        "read": sum(file.outcome in ("read", "linked") for file in files),
        "refused": sum(file.outcome == "refused" for file in files),
        "of these died": sum(reason.startswith(DIED) for reason in said),
        "hung": sum(reason.startswith(HUNG) for reason in said),
        "too much memory": sum(reason.startswith(GREW) for reason in said),
        "slowest s": round(max((file.seconds for file in files), default=0.0), 2),
    }


def _ended(file: FileReport) -> bool:
    return file.reason.startswith((DIED, HUNG, GREW))


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 64)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _blanked(data: bytes, chance: random.Random) -> bytes:
    start, length = chance.randrange(len(data)), chance.randint(1, max(1, len(data) // 8))
    return data[:start] + bytes(length) + data[start + length :]


def _shuffled(data: bytes, chance: random.Random) -> bytes:
    at = sorted(chance.randrange(len(data)) for _ in range(3))
    return data[: at[0]] + data[at[1] : at[2]] + data[at[0] : at[1]] + data[at[2] :]


def _doubled(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    part = data[start : start + chance.randint(1, 4096)]
    return data[:start] + part * chance.randint(2, 20) + data[start:]


DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut off": _cut,
    "bytes changed": _flipped,
    "a part blanked": _blanked,
    "parts exchanged": _shuffled,
    "a part repeated": _doubled,
}


def _damage(paths: list[Path], folder: Path) -> dict[str, str]:
    """Write damaged copies of ``paths`` into ``folder``; return what was done, by name."""
    chance = random.Random(SEED)  # noqa: S311 (a benchmark must come out the same)
    kinds: dict[str, str] = {}
    for number in range(FILES):
        path, kind = chance.choice(paths), chance.choice(list(DAMAGE))
        name = f"{number:03}-{path.name}"
        data = path.read_bytes()
        (folder / name).write_bytes(DAMAGE[kind](data, chance) if data else data)
        kinds[name] = kind
    return kinds


def _zip_bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package,
        package.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(1100):
            part.write(bytes(1 << 20))


def _deep_html(path: Path) -> None:
    path.write_text("<html><body>" + "<div>" * 1_000_000 + "deep down", "utf-8")


def _entities(path: Path) -> None:
    inner = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "ha">{inner}]><d>&e11;</d>', "utf-8"
    )


def _outside(path: Path) -> None:
    entity = '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    path.write_text(f'<?xml version="1.0"?>{entity}<d><p>&e;</p></d>', "utf-8")


def _pages(path: Path) -> None:
    _pdf(path, b"BT /F 9 Tf 9 9 Td (page) Tj ET", pages=100_000)


def _burst(path: Path) -> None:
    """A page whose content unpacks to 6 GiB."""
    squeeze = zlib.compressobj(9)
    block = b"(x) Tj " * (1 << 20)
    first, again = (squeeze.compress(block) + squeeze.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    packed = first + again * 899 + squeeze.flush()
    _pdf(path, packed, pages=1, packed=True)


def _pdf(path: Path, content: bytes, *, pages: int, packed: bool = False) -> None:
    how = b"/Filter /FlateDecode " if packed else b""
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< %s/Length %d >>\nstream\n%s\nendstream" % (how, len(content), content),
    ]
    page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F 3 0 R >> >> >>"
    offsets, data = [], bytearray(b"%PDF-1.4\n")
    for number, body in enumerate([*objects, *[page] * pages], start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF" % (
        len(offsets) + 1,
        start,
    )
    path.write_bytes(data)


BOMBS: dict[str, Callable[[Path], None]] = {
    "bomb.docx": _zip_bomb,
    "deep.html": _deep_html,
    "entities.xml": _entities,
    "outside.xml": _outside,
    "pages.pdf": _pages,
    "burst.pdf": _burst,
}


def _small_texts() -> Iterator[tuple[str, float]]:
    """Yield what small texts are made of, and how long reading one takes without a worker."""
    units = (  # what patterns of headings, lists, tables and dates may stumble over
        " ", "\t", "\n", "a", "A ", "1", "1.", "1.1 ", "(a) ", "(", "Section 1 ", "Section ",
        "§ ", "第一条 ", "第", "一、", "Article I\n", "ARTICLE ", "..... 1\n", "- ", "| a ", "|",
        "# ", "```\n", "---\n", "a: b\n", ",", "\"", "\",", "Abc def. ", "No. ", "v. ",
        "January 1, ", "2020年1月1日", "et al ", "&amp;", "<", "\\", "*", "_", "Whereas ",
        "Title\n1.1 ", "A-\n", "a.\n\n", "Q: a\nA: b\n", "\u3000", "é", "x\u200b",
    )  # fmt: skip
    parser = Parser(Profiles.load())
    with tempfile.TemporaryDirectory() as folder:
        for suffix, kind in (("txt", "plain"), ("md", "markdown"), ("csv", "records")):
            for unit in units:
                path = Path(folder) / f"a.{suffix}"
                data = unit.encode()
                path.write_bytes((data * (SMALL[kind] // len(data) + 1))[: SMALL[kind] - 4])
                started = time.perf_counter()
                with suppress(IngestionError):  # of no text, or with an id that comes twice
                    list(parser.read(Task(path, path.name, "")))
                yield f"{unit!r} as {suffix}", time.perf_counter() - started


if __name__ == "__main__":
    main()
