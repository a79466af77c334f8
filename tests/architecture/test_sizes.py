"""Modules and functions stay small enough to be read at a sitting."""

import ast

from source_tree import MODULES, name, parsed

MODULE_LINES = 300
BODY_LINES = 40  # a function's body, without its signature and docstring


def test_modules_are_short() -> None:
    lines = {name(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert lines
    assert {path: count for path, count in lines.items() if count > MODULE_LINES} == {}


def test_functions_are_short() -> None:
    long = {
        f"{name(path)}:{node.lineno} {node.name}": lines
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := _body(node)) > BODY_LINES
    }
    assert long == {}


def _body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_a_body_is_counted_without_signature_and_docstring() -> None:
    source = (
        'def f(\n    a,\n    b,\n):\n    """Say.\n\n    More.\n    """\n    x = a\n    return b\n'
    )
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert _body(function) == 2
