"""What every registered index must do, lexical and vector, ours and a plugin's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domainkit import registry
from domainkit.protocols import LexicalIndex, VectorIndex
from domainkit.settings import ChromaServer
from domainkit.testing import HashEmbedder
from domainkit.types import Entry, Filter, Hit, Passage, Span, Validity

EMBEDDER = HashEmbedder(32)
EVERYTHING = Filter()
TEXTS = {
    1: "The landlord returns the deposit within fourteen days.",
    2: "The tenant pays rent on the first day of the month.",
    3: "Metformin lowers blood glucose in type 2 diabetes.",
    4: "糖尿病患者应当定期检查血糖。",
    7: "The landlord keeps the deposit when rent is unpaid.",
}


def entry(key: int, text: str = "", title: str = "", **scope: Any) -> Entry:
    text = text or TEXTS[key]
    validity = Validity(scope.pop("since", None), scope.pop("until", None))
    passage = Passage(
        f"p{key}", "d", title, f"§ {key}", Span(0, len(text)), text, validity=validity
    )
    return Entry(key, passage, **scope)


class Searched:
    """An index of either kind behind one face: entries in, keys out."""

    def __init__(self, kind: Any, name: str, folder: Path, options: dict[str, Any]) -> None:
        self.kind, self._name, self._folder, self._options = kind, name, folder, options
        self.open()

    def open(self) -> None:
        factory = registry.get(self.kind, self._name)
        extra = (EMBEDDER.dim,) if self.kind == "vector_indexes" else ()
        self.index = factory(self._folder, *extra, **self._options)

    def close(self) -> None:
        if hasattr(self.index, "close"):
            self.index.close()

    def add(self, *entries: Entry) -> None:
        if self.kind == "lexical_indexes":
            self.index.add(entries)
        else:
            texts = [e.passage.text for e in entries]
            self.index.add(entries, EMBEDDER.encode(texts, role="passage"))

    def search(self, query: str, k: int = 10, filter: Filter = EVERYTHING) -> list[Hit]:
        if self.kind == "lexical_indexes":
            return self.index.search(query, k, filter)
        return self.index.search(EMBEDDER.encode([query], role="query"), k, filter)

    def keys(self, query: str, k: int = 10, filter: Filter = EVERYTHING) -> list[int]:
        return [hit.key for hit in self.search(query, k, filter)]


KINDS = [
    (kind, name)
    for kind in ("lexical_indexes", "vector_indexes")
    for name in registry.names(kind)  # type: ignore[arg-type]
]


@pytest.fixture(params=KINDS, ids=[name for _, name in KINDS])
def searched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Searched]:
    options = {}
    if request.param[1] == "chroma-server":
        url = request.getfixturevalue("chroma_server")
        options["server"] = ChromaServer(url=url, collection=f"c{uuid.uuid4().hex}")
    made = Searched(*request.param, tmp_path / "index", options)
    yield made
    made.close()


@pytest.fixture
def filled(searched: Searched) -> Searched:
    searched.add(*(entry(key) for key in TEXTS))
    return searched


def test_it_keeps_the_protocol(searched: Searched) -> None:
    protocol = LexicalIndex if searched.kind == "lexical_indexes" else VectorIndex
    assert isinstance(searched.index, protocol)


def test_an_empty_index_finds_nothing(searched: Searched) -> None:
    assert searched.search("landlord") == []


@pytest.mark.parametrize("key", TEXTS)
def test_a_passage_is_found_first_by_its_own_words(filled: Searched, key: int) -> None:
    assert filled.keys(TEXTS[key])[0] == key


def test_hits_come_best_first_and_no_more_than_asked(filled: Searched) -> None:
    hits = filled.search("landlord deposit rent", k=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score


def test_nothing_is_found_when_nothing_is_asked_for(filled: Searched) -> None:
    assert filled.search("landlord", k=0) == []


def test_equal_scores_come_by_key_wherever_they_are_cut(searched: Searched) -> None:
    same = "The same words in every passage."
    for key in (9, 4, 12, 2, 7):
        searched.add(entry(key, same))
    assert searched.keys(same, k=3) == [2, 4, 7]
    assert searched.keys(same, k=1) == [2]


def test_a_key_that_is_added_again_is_replaced(filled: Searched) -> None:
    filled.add(entry(2, "Aspirin thins the blood."))
    assert filled.keys("Aspirin thins the blood.")[0] == 2
    assert len(filled.keys("tenant pays rent")) == len(set(filled.keys("tenant pays rent")))
    assert filled.keys(TEXTS[2])[0] != 2


def test_what_is_removed_is_not_found(filled: Searched) -> None:
    filled.index.remove([1, 7])
    assert not {1, 7} & set(filled.keys(TEXTS[1]))


def test_it_says_which_keys_it_holds(filled: Searched) -> None:
    filled.index.remove([3, 99])
    assert filled.index.keys() == [1, 2, 4, 7]
    filled.close()
    filled.open()
    assert filled.index.keys() == [1, 2, 4, 7]


def test_vectors_can_be_read_back(filled: Searched) -> None:
    if filled.kind == "vector_indexes":
        filled.index.remove([1])
        expected = EMBEDDER.encode([TEXTS[7], TEXTS[2]], role="passage")
        assert np.allclose(filled.index.vectors([7, 2]), expected, atol=1e-3)


def test_adding_worn_keys_again_erases_what_was_removed(filled: Searched) -> None:
    if filled.kind == "lexical_indexes":
        before = filled.search("deposit returned", k=5)
        filled.add(entry(9, "A deposit, a deposit, a deposit: elsewhere."))
        filled.add(entry(3, TEXTS[3]))
        filled.index.remove([9])
        worn = filled.index.worn(whole=True)
        assert worn
        filled.add(*(entry(key) for key in worn))
        assert filled.index.worn(whole=True) == []
        assert filled.search("deposit returned", k=5) == before


def test_removing_what_is_not_there_changes_nothing(filled: Searched) -> None:
    before = filled.search(TEXTS[1])
    filled.index.remove([99])
    filled.index.remove([])
    assert filled.search(TEXTS[1]) == before


def test_adding_nothing_changes_nothing(filled: Searched) -> None:
    before = filled.search(TEXTS[1])
    filled.add()
    assert filled.search(TEXTS[1]) == before


def test_everything_is_still_there_when_opened_again(filled: Searched) -> None:
    filled.index.remove([3])
    before = {text: filled.search(text) for text in TEXTS.values()}
    filled.close()
    filled.open()
    assert {text: filled.search(text) for text in TEXTS.values()} == before


DAY = date(2024, 5, 1)


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, None, True),
        (DAY, None, True),
        (date(2024, 5, 2), None, False),
        (None, DAY, False),
        (None, date(2024, 5, 2), True),
        (date(2020, 1, 1), date(2024, 4, 30), False),
        (date.min, date.max, True),
    ],
)
def test_only_what_is_in_force_on_the_day_is_found(
    searched: Searched, since: date | None, until: date | None, found: bool
) -> None:
    searched.add(entry(1, since=since, until=until), entry(2, since=date(2030, 1, 1)))
    assert searched.keys(TEXTS[1], filter=Filter(as_of=DAY)) == ([1] if found else [])
    assert Validity(since, until).covers(DAY) is found


def test_a_jurisdiction_finds_its_own_and_what_names_none(searched: Searched) -> None:
    text = "The same words in every passage."
    searched.add(
        entry(1, text, jurisdiction="EU"),
        entry(2, text),
        entry(3, text, jurisdiction="CN"),
        entry(4, text, jurisdiction="E"),
    )
    assert searched.keys(text, filter=Filter(jurisdiction="EU")) == [1, 2]
    assert searched.keys(text) == [1, 2, 3, 4]


def test_groups_find_their_own_alone(searched: Searched) -> None:
    text = "The same words in every passage."
    searched.add(entry(1, text, group="a"), entry(2, text, group="b"), entry(3, text))
    assert searched.keys(text, filter=Filter(groups=("a", "b"))) == [1, 2]
    assert searched.keys(text, filter=Filter(groups=("none",))) == []


def test_filters_hold_together_and_inside_the_search(searched: Searched) -> None:
    """Passages a filter keeps are found even when hundreds that it drops match better."""
    wanted = entry(500, "deposit", since=date(2020, 1, 1), jurisdiction="EU", group="law")
    searched.add(
        *(entry(key, f"landlord deposit {key}", since=date(2030, 1, 1)) for key in range(1, 300)),
        wanted,
    )
    for kept in (
        Filter(as_of=DAY, jurisdiction="EU", groups=("law",)),
        Filter(as_of=DAY),
        Filter(jurisdiction="EU", groups=("law",)),
    ):
        assert 500 in searched.keys("landlord deposit", k=5, filter=kept)
    assert searched.keys("landlord deposit", k=5, filter=Filter(as_of=DAY)) == [500]


def test_a_filter_changes_no_score(filled: Searched) -> None:
    everything = {hit.key: hit.score for hit in filled.search(TEXTS[1])}
    filtered = filled.search(TEXTS[1], filter=Filter(as_of=DAY, jurisdiction="EU", groups=("",)))
    assert filtered
    assert {hit.key: hit.score for hit in filtered} == pytest.approx(everything)


@pytest.fixture(params=registry.names("lexical_indexes"))
def lexical(request: pytest.FixtureRequest, tmp_path: Path) -> LexicalIndex:
    made: LexicalIndex = registry.get("lexical_indexes", request.param)(tmp_path / "lexical")
    return made


def test_words_that_occur_nowhere_find_nothing(lexical: LexicalIndex) -> None:
    lexical.add([entry(1)])
    assert lexical.search("xylophone", 5, Filter()) == []
    assert lexical.search("the of", 5, Filter()) == []


def test_title_section_and_synonyms_are_searched(lexical: LexicalIndex) -> None:
    plain = entry(1, "It lasts a year.")
    lexical.add(
        [
            plain,
            entry(2, "It lasts a year.", title="Warranty"),
            replace(plain, key=3, passage=replace(plain.passage, section=("Guarantee",))),
            replace(plain, key=4, synonyms=("assurance",)),
        ]
    )
    assert [hit.key for hit in lexical.search("warranty", 5, Filter())] == [2]
    assert [hit.key for hit in lexical.search("guarantees", 5, Filter())] == [3]
    assert [hit.key for hit in lexical.search("assurance", 5, Filter())] == [4]


def test_a_boost_lifts_what_has_the_word_in_its_title(lexical: LexicalIndex) -> None:
    lexical.add([entry(1, "warranty warranty warranty"), entry(2, "It lasts.", title="Warranty")])
    assert [hit.key for hit in lexical.search("warranty", 5, Filter(), title_boost=9.0)] == [2, 1]


def test_coverage_is_the_weighted_share_of_the_terms_a_passage_holds(
    lexical: LexicalIndex,
) -> None:
    lexical.add([entry(key) for key in TEXTS])
    shares = lexical.coverage("landlord deposit xylophone", [1, 2, 99])
    assert 0 < shares[1] < 1
    assert shares[2] == shares[99] == 0.0
    assert lexical.coverage(TEXTS[1], [1])[1] == pytest.approx(1.0)
    assert lexical.coverage("the of", [1]) == {1: 0.0}
    assert lexical.coverage(TEXTS[1], []) == {}
    rare, common = (lexical.coverage(words, [7])[7] for words in ("keeps rent", "keeps tenant"))
    assert rare == pytest.approx(1.0)
    assert common < 0.9


def test_a_term_counts_once_wherever_a_passage_holds_it(lexical: LexicalIndex) -> None:
    texts = {
        1: ("Warranty", "A warranty lasts."),
        2: ("Warranty", "It lasts."),
        3: ("", "Warranty"),
    }
    lexical.add([entry(key, text, title=title) for key, (title, text) in texts.items()])
    shares = lexical.coverage("warranty xylophone", list(texts))
    weights = lexical.idf("warranty xylophone")
    expected = weights["warranti"] / sum(weights.values())
    assert list(shares.values()) == pytest.approx([expected] * 3)


def test_a_rare_word_weighs_more_the_more_passages_there_are(lexical: LexicalIndex) -> None:
    weights = [lexical.rarity]
    for key in (1, 2, 3):
        lexical.add([entry(key)])
        weights.append(lexical.rarity)
    assert weights == sorted(weights)
    assert 0 < weights[0] < weights[-1]


def test_chinese_is_found_by_parts_of_what_was_written(lexical: LexicalIndex) -> None:
    lexical.add([entry(key) for key in TEXTS])
    assert [hit.key for hit in lexical.search("血糖怎么检查？", 5, Filter())] == [4]
