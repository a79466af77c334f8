"""Lays a pack's file over its parents': mappings merge by key, all else is replaced.

A ``null`` removes what stands there. Each value that remains knows the layer it came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """What one pack's file says: the pack's name, the file as errors show it, its content."""

    pack: str
    file: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged content, and for each leaf (anything but a mapping with keys) its layer."""

    values: dict[str, Any]
    origins: dict[Key, Layer]

    def origin(self, key: Sequence[object]) -> Layer | None:
        """Return the layer that set ``key`` or something in the nearest mapping around it."""
        wanted = tuple(str(part) for part in key)
        for length in range(len(wanted), 0, -1):
            for known, layer in self.origins.items():
                if known[:length] == wanted[:length]:
                    return layer
        return None


def merge(layers: Sequence[Layer]) -> Merged:
    """Return ``layers`` (nearest first) laid over each other."""
    merged = Merged({}, {})
    for layer in reversed(layers):
        _lay(merged.values, layer.values, (), layer, merged.origins)
    return merged


def _lay(
    under: dict[str, Any],
    over: Mapping[str, Any],
    at: Key,
    layer: Layer,
    origins: dict[Key, Layer],
) -> None:
    for name, value in over.items():
        key = (*at, name)
        if isinstance(value, Mapping):
            if not isinstance(under.get(name), dict):
                _remove(under, key, origins)
                under[name] = {}
            origins.pop(key, None)
            _lay(under[name], value, key, layer, origins)
            if not under[name]:
                origins[key] = layer
            continue
        _remove(under, key, origins)
        if value is not None:
            under[name] = value
            origins[key] = layer


def _remove(under: dict[str, Any], key: Key, origins: dict[Key, Layer]) -> None:
    if key[-1] not in under:
        return
    del under[key[-1]]
    for known in [k for k in origins if k[: len(key)] == key]:
        del origins[known]
