"""docs/errors.md says of every error what the code does.

To write its table anew: UPDATE_GOLDEN=1 .venv/bin/pytest tests/contract/test_errors_page.py
"""

import os
import re
from pathlib import Path

from domainkit import errors
from domainkit.cli.output import EXIT_CODES, exit_code
from domainkit.errors import DomainkitError
from domainkit.server.problems import PAGE, slug, status_of

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)", re.DOTALL)
KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, DomainkitError) and kind is not DomainkitError
]


def table() -> str:
    rows = ["| error | when | exit code | HTTP |", "|---|---|---|---|"]
    for kind in KINDS:
        when = (kind.__doc__ or "").splitlines()[0]
        code, status = exit_code(kind("x")), status_of(kind("x"))
        rows.append(f'| <a id="{slug(kind)}"></a>{kind.__name__} | {when} | {code} | {status} |')
    return "\n".join(rows) + "\n"


def test_the_page_holds_the_tables_of_the_code() -> None:
    page = DOCS / "errors.md"
    text = page.read_text(encoding="utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        text = BLOCK.sub(lambda _: table(), text)
        page.write_text(text, encoding="utf-8")

    found = BLOCK.search(text)
    assert found
    assert found[0] == table()


def test_a_problem_links_to_the_page() -> None:
    assert (DOCS / PAGE.rpartition("/")[2]).is_file()


def test_no_error_shares_the_codes_of_a_fault_or_of_a_wrong_command_line() -> None:
    assert not {0, 1, 2} & set(EXIT_CODES.values())
    assert all(exit_code(kind("x")) in EXIT_CODES.values() for kind in KINDS)


def test_the_rest_page_names_every_endpoint_and_event() -> None:
    text = (DOCS / "rest.md").read_text(encoding="utf-8")
    golden = (Path(__file__).parents[1] / "golden" / "openapi.json").read_text(encoding="utf-8")

    addresses = re.findall(r'"(/(?:v1/\w+|healthz))"', golden)
    assert len(addresses) == 4
    for address in addresses:
        assert f"{address}`" in text
    for event in ("token", "citation", "final", "error"):
        assert f"| `{event}` |" in text
