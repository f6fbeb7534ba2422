"""The keys of one config.json, with the name of the file for every refusal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from aprender.config.checks import refuse

MISSING_GUARD = "FALSIFY-APR-PRETRAIN-ARCH-003"


@dataclass(frozen=True, slots=True)
class Source:
    """The keys as they are written, and where: a path, or what stands for one."""

    where: str
    keys: Mapping[str, object]

    def required(self, key: str) -> object:
        """The value of a key that no default stands in for."""
        if key not in self.keys:
            refuse(
                f"{key} is missing, and no default stands in for it: write it into the file or "
                f"pass stated={{{key!r}: ...}}",
                MISSING_GUARD,
            )
        return self.keys[key]

    def optional(self, key: str) -> object:
        """The value of a key, or None, which means the same as its absence."""
        return self.keys.get(key)


def open_source(source: Mapping[str, object] | str | PathLike[str]) -> Source:
    """The keys of the object that a file holds, or of a mapping."""
    if isinstance(source, Mapping):
        return Source("the configuration", source)
    return Source(str(source), load(Path(source)))


def with_stated(written: Source, stated: Mapping[str, object]) -> Source:
    """The source with keys that it leaves out; one that it contradicts is refused."""
    for key, value in stated.items():
        if written.keys.get(key, value) != value:
            refuse(f"{key} = {written.keys[key]!r}, and {value!r} is stated for it")
    return Source(written.where, {**stated, **written.keys})


def load(path: Path) -> dict[str, object]:
    """The object in a JSON file; a ValueError names the file where it holds anything else."""
    try:
        keys = json.loads(path.read_bytes(), object_pairs_hook=each_key_once)
    except ValueError as error:
        raise ValueError(f"{path}: cannot be read as JSON: {error}") from error
    if not isinstance(keys, dict):
        raise ValueError(f"{path}: holds {type(keys).__name__}, not an object")
    return keys


def each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys are all different; JSON readers keep the last of equal ones."""
    keys = dict(pairs)
    if len(keys) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in keys if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in an object")
    return keys
