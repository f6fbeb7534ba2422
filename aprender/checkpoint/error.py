"""What is wrong with a checkpoint: the file, the thing in it, and the falsifier that guards it."""

from __future__ import annotations

from os import PathLike


class CheckpointError(ValueError):
    """A checkpoint is refused: ``file: reason (guard)``."""

    def __init__(self, file: str | PathLike[str], reason: str, guard: str) -> None:
        super().__init__(f"{file}: {reason} ({guard})")
        self.file = file
        self.guard = guard
