"""Which tokenizer a checkpoint was made with."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.hugging_face import open_directory
from aprender.checkpoint.vocabulary import STAMP_GUARD
from aprender.tokenize.fingerprint import tokenizer_fingerprint

STAMP = "tokenizer_fingerprint"
TOKENIZER_FILES = ("tokenizer.json", "vocab.json")


def stamped_fingerprint(path: str | PathLike[str]) -> str | None:
    """The fingerprint that is stamped into a directory's files, or that of the tokenizer in it.

    None where there is neither. CheckpointError where they contradict each other.
    """
    directory = Path(path)
    _, texts = open_directory(directory)
    found = {text[STAMP] for text in texts if STAMP in text}
    if any((directory / file).is_file() for file in TOKENIZER_FILES):
        found.add(tokenizer_fingerprint(directory))
    if len(found) > 1:
        reason = f"has tokenizers of {len(found)} fingerprints: {', '.join(sorted(found))}"
        raise CheckpointError(directory, reason, STAMP_GUARD)
    return found.pop() if found else None
