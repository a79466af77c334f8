"""Every error a user can cause is documented, and told apart by exit code."""

import inspect
import re

import pytest

from domainkit import errors
from domainkit.cli.output import EXIT_CODES, exit_code
from domainkit.errors import DomainkitError

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, DomainkitError) and kind is not DomainkitError
]


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    told: dict[str, str] = {}
    parents = ["DomainkitError"]
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"(?P<indent>[│ ]*)[├└]── (?P<name>\w+)  ", line):
            depth = len(found["indent"]) // 4
            del parents[depth + 1 :]
            told[found["name"]] = parents[depth]
            parents.append(found["name"])
    assert told == {kind.__name__: kind.__base__.__name__ for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_says_when_it_is_raised(kind: type[DomainkitError]) -> None:
    assert kind.__doc__
    assert kind.__doc__ != kind.__base__.__doc__
    assert kind.__doc__.rstrip().endswith(".")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_has_an_exit_code_that_is_no_bugs(kind: type[DomainkitError]) -> None:
    assert exit_code(kind("what went wrong")) >= 3
    assert any(parent in EXIT_CODES for parent in kind.__mro__)


def test_an_error_shows_its_hint_beside_its_message() -> None:
    error = DomainkitError("a thing is missing", hint="fetch it")
    assert str(error) == "a thing is missing (fetch it)"
    assert str(DomainkitError("a thing is missing")) == "a thing is missing"
