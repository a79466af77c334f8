"""After any history, the store holds what a plain dictionary of the same history holds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domainkit.store import FileRecord, Store
from domainkit.store.identity import document_id, with_ids
from domainkit.types import Document, Passage, Span

NAMES = st.sampled_from(["a.txt", "b.txt", "c/d.txt"])
LINES = st.lists(st.sampled_from(["one", "two", "three", "two", "中文"]), max_size=5)
RECORDS = st.dictionaries(st.sampled_from(["", "x", "y"]), LINES, max_size=3)


class Histories(RuleBasedStateMachine):
    """Files are written, renamed and removed; an index follows by the changes alone."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(Path(self.folder.name) / "store.sqlite", create=True)
        self.files: dict[str, dict[str, list[str]]] = {}
        self.groups: dict[str, str] = {}
        self.index: dict[int, tuple[str, str]] = {}
        self.seen = 0
        self.used: set[int] = set()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(name=NAMES, records=RECORDS, group=st.sampled_from(["", "g"]))
    def write(self, name: str, records: dict[str, list[str]], group: str) -> None:
        identity = self.store.identity(name, "hash")
        divided = []
        for record, lines in records.items():
            text = "\n".join(lines)
            source = f"{name}#{record}" if record else name
            document = Document(document_id(identity, record), source, "T", text)
            start, parts = 0, []
            for line in lines:
                span = Span(start, start + len(line))
                parts.append(Passage("", document.id, "T", "l", span, line))
                start = span.end + 1
            divided.append((document, list(with_ids(parts))))
        file = FileRecord(name, "hash", identity=identity, group=group)
        assert self.store.replace(file, divided).documents == len(records)
        self.files[name] = records
        self.groups[name] = group

    @precondition(lambda self: self.files)
    @rule(data=st.data(), new=NAMES)
    def rename(self, data: st.DataObject, new: str) -> None:
        old = data.draw(st.sampled_from(sorted(self.files)))
        if old != new:
            self.store.rename(old, new)
            self.files[new] = self.files.pop(old)
            self.groups[new] = self.groups.pop(old)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.files)))
        expected = sum(map(len, self.files.pop(name).values()))
        del self.groups[name]
        assert self.store.remove_file(name) == expected

    @rule()
    def follow(self) -> None:
        """Bring the index up to the store, as indexes do: by what went and what came."""
        changes = self.store.changes(self.seen)
        for key in changes.removed:
            self.index.pop(key, None)
        for entry in self.store.entries(self.seen):
            assert entry.key not in self.used
            self.used.add(entry.key)
            self.index[entry.key] = (entry.passage.text, entry.group)
        self.seen = changes.generation
        live = {e.key: (e.passage.text, e.group) for e in self.store.entries()}
        assert self.index == live

    @invariant()
    def holds_what_was_written(self) -> None:
        if not hasattr(self, "files"):
            return
        expected = {
            (f"{name}#{record}" if record else name): lines
            for name, records in self.files.items()
            for record, lines in records.items()
        }
        held: dict[str, list[str]] = {d.source: [] for d in self.store.documents()}
        texts = {d.id: self.store.document(d.id) for d in self.store.documents()}
        ordered = sorted(
            self.store.entries(), key=lambda e: (e.passage.span.start, e.passage.span.end)
        )
        for entry in ordered:
            document = texts[entry.passage.document_id]
            assert entry.passage.span.of(document.text) == entry.passage.text
            held[document.source].append(entry.passage.text)
        assert held == expected
        assert [f.path for f in self.store.files()] == sorted(self.files)
        counts = self.store.counts()
        assert counts.passages == sum(map(len, expected.values()))


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
