"""Pages lose what the printer added and nothing that the author wrote."""

from __future__ import annotations

from domainkit.ingestion.readers.layout import flow, without_furniture


def pages(
    number: int, *, head: str = "ACME Corp. - Annual Report {n}", foot: str = "{n}"
) -> list[str]:
    body = "\n".join(f"Line {k} of the page tells something of its own." for k in range(6))
    return [
        f"{head.format(n=n)}\nStory {word} begins.\n{body}\nThe end of {word}.\n{foot.format(n=n)}"
        for n, word in zip(range(number), "abcdefghij", strict=False)
    ]


def test_running_heads_and_page_numbers_go() -> None:
    cleaned = without_furniture(pages(6, foot="Page {n} of 6"))
    assert not any("ACME" in page or "Page" in page for page in cleaned)
    assert all("begins." in page and "The end of" in page for page in cleaned)


def test_bare_numbers_go_only_if_they_count() -> None:
    assert all(page.endswith(".") for page in without_furniture(pages(4)))
    years = ["Sold in\n2019", "Sold in\n2024", "Sold in\n2011"]
    assert without_furniture(years) == years


def test_two_pages_have_no_running_heads() -> None:
    short = pages(2, foot="-")
    assert without_furniture(short) == short


def test_a_line_repeated_amid_the_page_stays() -> None:
    long = [
        "\n".join([f"a{n}", "b", "c", "Signed and agreed", "d", "e", f"f{n}"]) for n in range(5)
    ]
    assert all("Signed and agreed" in page for page in without_furniture(long))


def test_broken_words_are_mended_by_what_the_document_says() -> None:
    text = (
        "The agree-\nment is inter-\nnational. "
        "An agreement with non-\nexclusive and non-trivial parts."
    )
    (mended,) = flow([text])
    assert "The agreement is international." in mended
    assert "non-exclusive" in mended


def test_names_and_compounds_keep_their_hyphen() -> None:
    (mended,) = flow(
        ["The Bon-\nTon shops sell a health\ufffefood. Good health needs food.\u00ad"]
    )
    assert mended == "The Bon-Ton shops sell a health-food. Good health needs food."


def test_paragraphs_are_told_by_short_last_lines_and_numbers() -> None:
    page = (
        "The first paragraph of this page runs over more than one line and then it\n"
        "ends here.\n"
        "The second paragraph of this page also runs on for a while and fills a line\n"
        "to its very end, and so nobody can tell but by the number that follows it.\n"
        "2.1 Notices are sent by post to the address that stands at the head of this\n"
        "agreement."
    )
    assert flow([page])[0].split("\n\n") == [
        "The first paragraph of this page runs over more than one line and then it\nends here.",
        "The second paragraph of this page also runs on for a while and fills a line\n"
        "to its very end, and so nobody can tell but by the number that follows it.",
        "2.1 Notices are sent by post to the address that stands at the head of this\nagreement.",
    ]


def test_page_numbers_of_the_original_go_wherever_they_stand() -> None:
    pages = [
        "One.\nTwo in\n        -1-\nthe middle.\nThree.\nFour.",
        "Five.\n - 2 -\nSix.\nSeven.\nEight.\nNine.",
    ]
    kept = "\n".join(without_furniture(pages))
    assert "1" not in kept
    assert "2" not in kept
    assert without_furniture(["A\n- 7 -\nB\nC", "D\n- 3 -\nE\nF"])[0] == "A\n- 7 -\nB\nC"


def test_the_number_of_a_list_item_is_no_page_number() -> None:
    pages = ["1.\nThe name.\nMore.\nAnd more.\nEnd.", "2.\nThe place.\nMore.\nAnd.\nEnd."]
    assert without_furniture(pages) == pages


def test_a_space_behind_an_overhanging_f_is_put_back() -> None:
    (page,) = flow(["The end ofthe term, ifrequested, is often requested: the office offers ten."])
    assert page.startswith("The end of the term, if requested, is often requested: the office")


def test_an_abbreviation_ends_no_paragraph() -> None:
    page = "\n".join(
        ["A line that is long enough to be a full one of this page, as 11 U.S.C."] * 2
    )
    (flown,) = flow(
        [f"{page}\n§ 541 says and goes on for a while until the line is full enough so"]
    )
    assert "U.S.C.\n§ 541" in flown


def test_what_a_running_foot_says_is_kept_once() -> None:
    foot = "Confidential treatment has been requested for the parts of this page in brackets."
    pages = [f"{word}.\nMore.\nAnd more.\nMuch more.\n{foot}" for word in ("One", "Two", "Three")]
    kept = without_furniture(pages)
    assert foot in kept[0]
    assert foot not in kept[1] + kept[2]
