import pytest

from domainkit.guards.negation import denial


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("Aspirin is not recommended for children.", {"recommend", "child"}),
        ("There is no cure, but rest helps.", {"cure"}),
        ("It doesn't help.", {"help"}),
        ("Rest without ice. Ice helps.", set()),
        ("Aspirin helps.", set()),
        ("", set()),
        ("不得解除合同。", {"解除", "除合", "合同"}),
        ("不同的合同不良反应", set()),
        ("未来三年", set()),
    ],
)
def test_what_a_text_denies(text: str, denied: set[str]) -> None:
    assert denial(text).denied == denied


def test_a_denial_reaches_no_further_than_its_clause() -> None:
    found = denial("It is not toxic, and children tolerate it.")
    assert found.denied == {"toxic"}
    assert found.reached == {"toxic"}


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("It is safe.", "It is not safe.", True),
        ("It is safe.", "It is safe.", False),
        ("It is not safe.", "It is never safe.", False),
        ("It is safe.", "It is safe, but not cheap.", False),
        ("It is not cheap.", "It is safe.", False),
        ("可以撤回申请。", "不可以撤回申请。", True),
    ],
)
def test_two_texts_clash_when_one_denies_what_they_share(
    one: str, other: str, clash: bool
) -> None:
    from domainkit.text.words import words

    shared = words(one) & words(other)
    assert denial(one).clashes(denial(other), shared) is clash
    assert denial(other).clashes(denial(one), shared) is clash
