"""Packs that a Python package brings, by the entry-point group ``domainkit.packs``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domainkit.cli.pack import app
from domainkit.errors import PackError
from domainkit.packs import catalog, lint, loader, scaffold

Writer = Callable[..., Path]


@pytest.fixture
def package(write_pack: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install a package with one pack and one entry that leads nowhere, as pip would."""
    site = tmp_path / "site"
    info = site / "vet_packs-2.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vet-packs\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text(
        "[domainkit.packs]\nvet = vet_packs_for_test\nlost = no_such_module_for_test\n"
    )
    folder = write_pack("site/vet_packs_for_test")
    manifest = folder / "domain.yaml"
    manifest.write_text(manifest.read_text().replace("site/vet_packs_for_test", "vet"))
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(site)
    yield folder
    sys.modules.pop("vet_packs_for_test", None)


def test_a_pack_of_a_package_is_found_by_its_name(package: Path, tmp_path: Path) -> None:
    assert "vet" in catalog.names()
    assert catalog.locate("vet") == package.resolve()
    assert catalog.locate("vet@1.0.0") == package.resolve()
    assert loader.load("vet").manifest.title == "A pack for tests"
    planned = scaffold.plan("clinic", domain="vet", base=tmp_path)
    assert "extends: vet\n" in planned.files["domain.yaml"]


def test_what_makes_a_package_of_it_is_no_code(package: Path) -> None:
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"x")
    assert lint.check("vet") == []
    (package / "__init__.py").write_text("import os\n")
    assert "__init__.py: is code" in "\n".join(map(str, lint.check("vet")))


@pytest.mark.usefixtures("package")
def test_the_list_says_which_package_and_survives_a_broken_one() -> None:
    shown = CliRunner().invoke(app, ["list", "--json"], catch_exceptions=False)
    rows = {row["name"]: row for row in json.loads(shown.stdout)}
    assert (rows["vet"]["origin"], rows["vet"]["detail"]) == ("plugin", "vet-packs 2.1")
    assert rows["lost"]["problem"].startswith("the plugin 'no_such_module_for_test' cannot be")
    assert "title" in rows["medical"]


@pytest.mark.usefixtures("package")
def test_a_broken_plugin_hides_no_other(caplog: pytest.LogCaptureFixture) -> None:
    assert {"vet", "medical"} <= {pack.name for pack in loader.usable()}
    assert "the pack 'lost' is left out" in caplog.text


@pytest.mark.usefixtures("package")
def test_a_broken_plugin_names_what_to_reinstall() -> None:
    with pytest.raises(PackError, match="No module named") as caught:
        catalog.locate("lost")
    assert caught.value.hint == "reinstall vet-packs 2.1"
