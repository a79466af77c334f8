from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_model
import tiny_pack

from domainkit.generation.base_model import BaseModel, open_base
from domainkit.packs import loader
from domainkit.packs.pack import Pack


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def base(base_folder: Path) -> BaseModel:
    return open_base(base_folder)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with tiny_model.one_thread():
        yield


@pytest.fixture
def pack_folder(tmp_path: Path, base_folder: Path) -> Path:
    return tiny_pack.write_pack(tmp_path / "tiny", base=base_folder)


@pytest.fixture
def pack(pack_folder: Path) -> Pack:
    return loader.load(pack_folder)
