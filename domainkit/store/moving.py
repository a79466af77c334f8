"""Says where ingested folders stand when they have moved: their files keep their names."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from domainkit.store.documents import Store
from domainkit.store.tables import roots


def move_roots(store: Store, before: Path, after: Path) -> None:
    """Let every ingested folder at or below ``before`` stand at or below ``after``.

    One that is ingested there already keeps its name, and so does the one before.
    """
    known = store.roots()
    with store.writing() as connection:
        for name, path in known.items():
            if path.is_relative_to(before):
                moved = after / path.relative_to(before)
                if moved not in known.values():
                    held = update(roots).where(roots.c.name == name)
                    connection.execute(held.values(path=str(moved)))
