"""What each device of a mesh holds, from a line such as `layers.query L D/fsdp N/tensor H`.

The name of an array, and for each axis a letter and the mesh axes that split it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod


def table(lines: list[str]) -> dict[str, list[str]]:
    """The axes of each array, by its name."""
    return {name: axes for name, *axes in (line.split() for line in lines)}


def whole(axes: list[str], letters: Mapping[str, int]) -> tuple[int, ...]:
    """The array's shape."""
    return tuple(letters[axis[0]] for axis in axes)


def shard(axes: list[str], letters: Mapping[str, int], mesh: Mapping[str, int]) -> tuple[int, ...]:
    """The shape of what one device holds."""
    ways = (prod(mesh[by] for by in axis[2:].split("*") if by) for axis in axes)
    return tuple(size // n for size, n in zip(whole(axes, letters), ways, strict=True))
