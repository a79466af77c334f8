"""Documents that say nearly the same are linked, and unlinked when they no longer do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from domainkit.store import FileRecord, Store, likeness, sketches
from domainkit.store.identity import document_id
from domainkit.types import Document

CHANCE = random.Random(3)  # noqa: S311 (texts, no secrets)
WORDS = [f"word{n}" for n in range(400)]
HAN = "第条合同租赁押金返还承租人出租应当支付期限违约责任解除通知书面血糖药物剂量患者医师治疗病历"


def text(words: int = 300) -> str:
    return " ".join(CHANCE.choices(WORDS, k=words))


def edited(original: str, share: float) -> str:
    words = original.split()
    for place in CHANCE.sample(range(len(words)), int(len(words) * share)):
        words[place] = CHANCE.choice(WORDS)
    return " ".join(words)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.sqlite", create=True)
    yield opened
    opened.close()


def put(store: Store, path: str, content: str) -> None:
    document = Document(document_id(path), path, path, content)
    store.replace(FileRecord(path, str(hash(content)), identity=path), [(document, [])])


def pairs(found: list[likeness.Link]) -> list[tuple[str, str]]:
    return sorted(tuple(sorted((link.source, link.other))) for link in found)


def test_a_text_with_a_few_other_words_is_linked(store: Store) -> None:
    original = text()
    for name, content in [("a", original), ("b", edited(original, 0.02)), ("c", text())]:
        put(store, name, content)
    (link,) = likeness.link(store)
    assert {link.source, link.other} == {"a", "b"}
    assert 0.8 <= link.likeness < 1
    assert 0 < link.only_here < 100
    assert 0 < link.only_there < 100
    assert pairs(likeness.links(store)) == [("a", "b")]
    assert likeness.link(store) == []
    ids = {name: document_id(name) for name in "abc"}
    linked = likeness.alike(store, set(ids.values()))
    assert linked == {ids["a"]: {ids["b"]}, ids["b"]: {ids["a"]}}


def test_the_same_words_otherwise_set_are_the_same(store: Store) -> None:
    put(store, "a.md", "# Rules\n\n**" + "".join(CHANCE.choices(HAN, k=500)) + "**。")
    put(store, "a.txt", store.document(document_id("a.md")).text.strip("#* 。").replace("*", ""))
    (link,) = likeness.link(store)
    assert link.likeness == 1
    assert (link.only_here, link.only_there) == (0, 0)


def test_figures_are_told_apart() -> None:
    assert sketches.letters("1.5 mg") != sketches.letters("15 mg")
    assert sketches.letters("dose < 5") != sketches.letters("dose > 5")
    assert sketches.letters("end. Next, one") == sketches.letters("end — next one")


@pytest.mark.parametrize("content", ["", "short", "the same few words " * 100])
def test_short_and_empty_texts_are_left_alone(store: Store, content: str) -> None:
    put(store, "a", content)
    put(store, "b", content + "!")
    assert likeness.link(store) == []
    assert likeness.link(store) == []


def test_a_link_goes_with_what_made_it(store: Store) -> None:
    original = text()
    put(store, "a", original)
    put(store, "b", edited(original, 0.01))
    likeness.link(store)
    put(store, "b", text())
    assert likeness.links(store) == []
    assert likeness.link(store) == []
    put(store, "b", edited(original, 0.01))
    assert pairs(likeness.link(store)) == [("a", "b")]
    store.remove_file("a")
    assert likeness.links(store) == []
    with store.reading() as connection:
        bands = connection.exec_driver_sql("SELECT document_id FROM bands").scalars()
        assert set(bands) == {document_id("b")}


def test_links_do_not_depend_on_the_order(tmp_path: Path) -> None:
    original = text()
    contents = {f"f{n}": edited(original, n * 0.004) for n in range(8)}
    found = []
    for number, names in enumerate((sorted(contents), sorted(contents, reverse=True))):
        made = Store.open(tmp_path / f"{number}.sqlite", create=True)
        for name in names:
            put(made, name, contents[name])
            likeness.link(made)
        found.append(pairs(likeness.links(made)))
        made.close()
    assert found[0] == found[1]
    assert len(found[0]) > 5


def test_nearly_all_that_are_alike_are_found() -> None:
    """Of texts just above the threshold a sketch misses few."""
    found = compared = 0
    for _ in range(120):
        original = text(200)
        other = edited(original, 0.015)
        if sketches.compare(original, other).likeness >= sketches.ALIKE:
            one, two = sketches.sketch(original), sketches.sketch(other)
            assert one is not None
            assert two is not None
            compared += 1
            near = sketches.may_be_alike(one, two)
            found += near and bool(set(sketches.bands(one)) & set(sketches.bands(two)))
    assert compared > 80
    assert found >= 0.95 * compared
