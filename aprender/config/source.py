"""The keys of one config.json, with the name of the file for every refusal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from aprender.config.checks import refuse

MISSING_GUARD = "FALSIFY-APR-PRETRAIN-ARCH-003"


class FileRules(NamedTuple):
    """How long a file may be, and the falsifiers of its refusals."""

    largest: int
    """Bytes that are read at most."""

    absent: str
    unreadable: str


CONFIG_JSON = FileRules(
    largest=2**24,
    absent="FALSIFY-APR-PRETRAIN-INIT-003",
    unreadable="FALSIFY-APR-PRETRAIN-INIT-005",
)


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

    @contextmanager
    def named(self) -> Iterator[None]:
        """Name the file in each refusal that is made within."""
        try:
            yield
        except ValueError as error:
            raise ValueError(f"{self.where}: {error}") from None


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


def load(path: Path, rules: FileRules = CONFIG_JSON) -> dict[str, object]:
    """The object in a JSON file; a ValueError names the file where it holds anything else."""
    text = contents(path, rules)
    try:
        keys = json.loads(text, object_pairs_hook=each_key_once)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: cannot be read as JSON: {error} ({rules.unreadable})") from error
    if not isinstance(keys, dict):
        refuse(f"{path}: holds {type(keys).__name__}, not an object", rules.unreadable)
    return keys


def contents(path: Path, rules: FileRules) -> bytes:
    """The bytes of a file, no more than the rules allow; an OSError has the falsifier as well."""
    try:
        with path.open("rb") as file:
            text = file.read(rules.largest + 1)
    except OSError as error:
        guard = rules.absent if isinstance(error, FileNotFoundError) else rules.unreadable
        # The class follows from the number: this is a FileNotFoundError if it was one.
        raise OSError(error.errno, f"{error.strerror} ({guard})", str(path)) from None
    if len(text) > rules.largest:
        refuse(f"{path}: has more than {rules.largest} bytes", rules.unreadable)
    return text


def each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys are all different; JSON readers keep the last of equal ones."""
    keys = dict(pairs)
    if len(keys) != len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{twice!r} stands twice in an object")
    return keys
