from pathlib import Path

import pytest

from domainkit import content
from domainkit.errors import PackError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own, with nothing in it but the module."""
    folder = tmp_path / "site-packages" / "domainkit"
    folder.mkdir(parents=True)
    monkeypatch.setattr(content, "__file__", str(folder / "content.py"))
    return folder


def test_a_checkout_holds_the_content_beside_the_package(package: Path) -> None:
    (package.parent / "domains").mkdir()
    (package.parent / "pyproject.toml").touch()
    assert content.root("domains") == package.parent / "domains"


def test_a_wheel_holds_the_content_inside_the_package(package: Path) -> None:
    (package / "_bundled" / "ingest").mkdir(parents=True)
    assert content.root("ingest") == package / "_bundled" / "ingest"


def test_what_a_wheel_carries_comes_first(package: Path) -> None:
    (package / "_bundled" / "domains").mkdir(parents=True)
    (package.parent / "domains").mkdir()
    (package.parent / "pyproject.toml").touch()
    assert content.root("domains") == package / "_bundled" / "domains"


def test_a_strangers_folder_of_that_name_is_not_taken(package: Path) -> None:
    """Another distribution may have put ``domains/`` into site-packages."""
    (package.parent / "domains").mkdir()
    with pytest.raises(PackError, match="lacks its 'domains' folder") as caught:
        content.root("domains")
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize("kind", ["domains", "ingest", "templates"])
def test_this_checkout_has_all_three(kind: content.Kind) -> None:
    assert content.root(kind).is_dir()
