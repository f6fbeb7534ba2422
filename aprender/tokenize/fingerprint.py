"""One fingerprint for all that decides which ids a byte-pair tokenizer gives to a text's pieces."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from os import PathLike

from aprender.config.checks import count
from aprender.tokenize.byte_pairs import BytePairs, read_byte_pairs


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a model has to know of its tokenizer.

    ValueError where there are more entries than ids up to the largest.
    """

    entries: int
    """How many different ids there are, those of added tokens among them."""

    largest_id: int
    fingerprint: str

    def __post_init__(self) -> None:
        count("entries", self.entries)
        count("largest_id", self.largest_id, least=self.entries - 1)


def read_vocabulary(path: str | PathLike[str]) -> Vocabulary:
    """The vocabulary of a tokenizer's directory or its tokenizer.json, see `read_byte_pairs`."""
    pairs = read_byte_pairs(path)
    return Vocabulary(len(pairs.tokens), max(pairs.tokens.values()), fingerprint_of(pairs))


def tokenizer_fingerprint(path: str | PathLike[str]) -> str:
    """The fingerprint of the tokenizer at `path`, which is the same for each form of its files."""
    return read_vocabulary(path).fingerprint


def fingerprint_of(pairs: BytePairs) -> str:
    """SHA-256 of `[[[token, id], ...], [[left, right], ...]]` in ASCII JSON without blanks.

    Tokens stand in the order of their ids, merges in their own.
    """
    by_id = sorted(pairs.tokens.items(), key=lambda entry: entry[1])
    text = json.dumps([by_id, pairs.merges], ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode("ascii")).hexdigest()
