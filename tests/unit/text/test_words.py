from domainkit.text.words import codes, words


def test_figures_and_codes_are_no_words() -> None:
    assert words("IL-6, IL6 and 500 mg of B12 in 2021") == {"mg"}
    assert words("第12条") == {"第", "条"}
    assert words("") == frozenset()


def test_codes_are_names_that_end_in_figures() -> None:
    expected = {("il", "6"), ("covid", "19"), ("h", "5n1"), ("hiv", "1"), ("b", "12")}
    assert codes("IL-6, IL6, Covid-19, H5N1, HIV-1 and vitamin B12") == expected
    assert codes("take 5 mg at 10") == frozenset()
