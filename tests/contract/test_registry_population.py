"""Every component the registry names can be imported, and every protocol has its kind."""

import inspect
import typing

import pytest

from domainkit import protocols, registry

NAMED = [(kind, name) for kind, table in registry.COMPONENTS.items() for name in table]
PROTOCOLS = {
    "readers": protocols.Reader,
    "splitters": protocols.Splitter,
    "embedders": protocols.Embedder,
    "lexical_indexes": protocols.LexicalIndex,
    "vector_indexes": protocols.VectorIndex,
    "rerankers": protocols.Reranker,
    "generators": protocols.Generator,
    "question_guards": protocols.QuestionGuard,
    "answer_guards": protocols.AnswerGuard,
}


def test_the_tables_are_the_kinds() -> None:
    assert set(registry.COMPONENTS) == set(typing.get_args(registry.Kind)) == set(PROTOCOLS)


@pytest.mark.parametrize(("kind", "name"), NAMED, ids=[f"{k}-{n}" for k, n in NAMED])
def test_a_component_can_be_imported(kind: registry.Kind, name: str) -> None:
    component = registry.get(kind, name)
    assert inspect.isclass(component)
    assert inspect.getdoc(component)


@pytest.mark.parametrize(("kind", "name"), NAMED, ids=[f"{k}-{n}" for k, n in NAMED])
def test_it_has_what_its_protocol_asks_for(kind: registry.Kind, name: str) -> None:
    """Method by method, with the protocol's own parameter names."""
    component, protocol = registry.get(kind, name), PROTOCOLS[kind]
    for member, asked in inspect.getmembers(protocol, _is_asked):
        given = getattr(component, member, None)
        assert given is not None, f"{component.__name__} lacks {member}"
        if inspect.isfunction(asked):
            wanted = inspect.signature(asked).parameters
            assert list(wanted) == list(inspect.signature(given).parameters)[: len(wanted)]


def _is_asked(member: object) -> bool:
    return isinstance(member, property) or (
        inspect.isfunction(member) and not member.__name__.startswith("_")
    )


@pytest.mark.parametrize("kind", registry.COMPONENTS)
def test_names_are_words_with_hyphens_and_stand_once(kind: registry.Kind) -> None:
    names = list(registry.COMPONENTS[kind])
    assert all(name == name.lower() for name in names)
    targets = list(registry.COMPONENTS[kind].values())
    assert len(set(targets)) == len(targets)
