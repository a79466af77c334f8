"""Random histories of a folder: files come, change, move and go, as seed and number say."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

_SYLLABLES = "ba ce di fo gu ha ki lo mu ne pa ri so tu va xi yo za bri cla dro fle".split()
_HAN = "第条合同租赁押金返还承租人出租应当支付期限违约责任解除通知书面血糖药物剂量患者医师治疗"

# Kinds of files that need no process of their own to be read; HTML does.
LIGHT = (".md", ".txt", ".jsonl")
ALL = (*LIGHT, ".html")


class History:
    """A folder and what has been done to it. ``gone`` are marks of texts no file holds now."""

    def __init__(
        self, folder: Path, seed: int, *, most: int = 60, suffixes: Sequence[str] = LIGHT
    ) -> None:
        self.folder = folder
        self.gone: set[str] = set()
        self._random = random.Random(seed)  # noqa: S311 (a history, no secret)
        self._most = most
        self._suffixes = suffixes
        self._count = 0
        self._paragraphs: dict[Path, list[str]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def step(self) -> str:
        """Do one thing at random; return what, with the file."""
        held = list(self._paragraphs)
        shares = {"add": max(1, self._most - len(held)), "modify": 30, "rename": 15, "delete": 15}
        if not held:
            shares = {"add": 1}
        what = self._random.choices(list(shares), list(shares.values()))[0]
        path = self._new_path() if what == "add" else self._random.choice(held)
        before = self.marks()
        getattr(self, f"_{what}")(path)
        self.gone = (self.gone | before) - self.marks()
        return f"{what} {path.name}"

    def marks(self) -> set[str]:
        """Return the marks of the paragraphs that stand in some file: a word of their own each."""
        return {p.split()[0] for paragraphs in self._paragraphs.values() for p in paragraphs}

    def questions(self, number: int) -> list[str]:
        """Return questions of words from the paragraphs, some with a mark and some without."""
        pool = [p for paragraphs in self._paragraphs.values() for p in paragraphs]
        asked = []
        for _ in range(number if pool else 0):
            words = self._random.choice(pool).split()
            start = self._random.choice((0, 1, 1))
            asked.append(" ".join(words[start : start + self._random.randint(2, 8)]))
        return asked

    def paragraph(self) -> str:
        """Return words at random behind a mark: a word that no other paragraph has."""
        self._count += 1
        words = [f"mark{self._count}q"]
        for _ in range(self._random.randint(8, 60)):
            if self._random.random() < 0.1:
                words.append("".join(self._random.choices(_HAN, k=self._random.randint(2, 6))))
            else:
                number = self._random.randint(1, 3)
                words.append("".join(self._random.choices(_SYLLABLES, k=number)))
        return " ".join(words)

    def _new_path(self) -> Path:
        self._count += 1
        folder = self._random.choice(("", "leases", "guides", "guides/old"))
        suffix = self._random.choice(self._suffixes)
        return self.folder / folder / f"file{self._count}{suffix}"

    def _add(self, path: Path) -> None:
        alike = [p for p in self._paragraphs if p.suffix == path.suffix]
        if alike and self._random.random() < 0.2:  # a copy, half of them with one change
            paragraphs = list(self._paragraphs[self._random.choice(alike)])
            if self._random.random() < 0.5:
                paragraphs[self._random.randrange(len(paragraphs))] = self.paragraph()
        else:
            paragraphs = [self.paragraph() for _ in range(self._random.randint(1, 12))]
        self._write(path, paragraphs)

    def _modify(self, path: Path) -> None:
        paragraphs = self._paragraphs[path]
        place = self._random.randrange(len(paragraphs) + 1)
        paragraphs[place : place + self._random.choice((0, 1, 2))] = [
            self.paragraph() for _ in range(self._random.choice((0, 1, 2)))
        ]
        self._write(path, paragraphs or [self.paragraph()])

    def _rename(self, path: Path) -> None:
        new = self._new_path().with_suffix(path.suffix)
        if self._random.random() < 0.5:
            new = new.with_name(path.name)
        if new not in self._paragraphs:
            new.parent.mkdir(parents=True, exist_ok=True)
            path.rename(new)
            self._paragraphs[new] = self._paragraphs.pop(path)

    def _delete(self, path: Path) -> None:
        path.unlink()
        del self._paragraphs[path]

    def _write(self, path: Path, paragraphs: list[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_rendered(path.suffix, paragraphs), encoding="utf-8")
        self._paragraphs[path] = paragraphs

    def copy(self, to: Path) -> None:
        """Copy the folder as it is now."""
        shutil.copytree(self.folder, to)


def _rendered(suffix: str, paragraphs: list[str]) -> str:
    if suffix == ".md":
        return "".join(f"## Part {n}\n\n{p}.\n\n" for n, p in enumerate(paragraphs, start=1))
    if suffix == ".html":
        inner = "".join(f"<h2>Part {n}</h2><p>{p}.</p>" for n, p in enumerate(paragraphs, 1))
        return f"<html><body>{inner}</body></html>"
    if suffix == ".jsonl":
        rows = ({"id": p.split()[0], "text": p} for p in paragraphs)
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return "".join(f"{p}.\n\n" for p in paragraphs)


def steps(history: History, number: int, *, most: int = 40) -> Iterator[int]:
    """Do ``number`` steps; yield after at most ``most``, when the folder is read again."""
    pause = random.Random(number)  # noqa: S311 (a history, no secret)
    done = 0
    while done < number:
        for _ in range(min(number - done, pause.randint(1, most))):
            history.step()
            done += 1
        yield done
