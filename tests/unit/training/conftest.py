from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_model
import torch

from domainkit.generation.base_model import BaseModel, open_base


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def base(base_folder: Path) -> BaseModel:
    return open_base(base_folder)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Two threads on a model of two layers only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
