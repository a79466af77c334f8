"""A glossary knows what else a question's words are called."""

from __future__ import annotations

from domainkit.retrieval.glossary import Glossary

GLOSSARY = Glossary(
    {"myocardial infarction": ["heart attack"], "attack": ["assault"], "BP": ["blood pressure"]}
)


def test_every_wording_of_a_ring_names_the_others() -> None:
    other = (("blood", "pressur"),)
    assert GLOSSARY.names("Is my BP too high?") == {"bp": other}
    assert GLOSSARY.names("high blood pressure") == {"blood": (("bp",),), "pressur": (("bp",),)}


def test_the_longest_wording_counts() -> None:
    assert GLOSSARY.names("after a heart attack") == {
        "heart": (("myocardi", "infarct"),),
        "attack": (("myocardi", "infarct"),),
    }
    assert GLOSSARY.names("a panic attack") == {"attack": (("assault",),)}


def test_without_entries_nothing_has_another_name() -> None:
    assert Glossary().names("heart attack") == {}
    assert Glossary({"the": ["of"]}).names("the heart") == {}
