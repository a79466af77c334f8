"""Where model files come from, one module a kind of source.

Each module has one function ``take`` that writes every artefact of a model into a folder. It
checks sizes, never hashes: ``domainkit.models.fetch`` checks those for every source alike. What
was begun stays in the folder, so that the next ``take`` goes on from there.
"""

from collections.abc import Callable

Advance = Callable[[int], None]
"""Told how many bytes are there so far."""
