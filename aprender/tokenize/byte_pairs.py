"""Byte-pair tokenizers in Hugging Face's files: a tokenizer.json, or vocab.json and merges.txt."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import NamedTuple, NoReturn

from aprender.config.checks import refuse
from aprender.config.source import FileRules, contents, load

GUARD = "FALSIFY-APR-PRETRAIN-ARCH-FINGERPRINT"
TOKENIZER_FILE = FileRules(largest=2**28, absent=GUARD, unreadable=GUARD)
LARGEST_ID = 2**31 - 1
"""Ids are int32 on the device."""

NO_ID = f"is not an integer from 0 to {LARGEST_ID}"

HEADER = "#version"


class BytePairs(NamedTuple):
    """What a tokenizer knows: its tokens, added ones among them, and its merges by rank."""

    tokens: dict[str, int]
    merges: list[tuple[str, str]]


def read_byte_pairs(path: str | PathLike[str]) -> BytePairs:
    """The tokenizer in a directory, or in a tokenizer.json.

    A directory has a tokenizer.json, or vocab.json and merges.txt with their added tokens in
    added_tokens.json or tokenizer_config.json. Where it has both, the first says all, and the
    others nothing else. ValueError and OSError name the file and the key.
    """
    path = Path(path)
    if not path.is_dir():
        return from_tokenizer_json(path)
    whole, parts = path / "tokenizer.json", (path / "vocab.json", path / "merges.txt")
    if not whole.exists():
        return from_vocab_and_merges(path)
    pairs = from_tokenizer_json(whole)
    if all(part.exists() for part in parts):
        _check_same(path, pairs, from_vocab_and_merges(path))
    return pairs


def from_tokenizer_json(path: Path) -> BytePairs:
    """The tokens, added ones among them, and merges of a tokenizer.json."""
    keys = load(path, TOKENIZER_FILE)
    model = keys.get("model")
    if not isinstance(model, dict):
        _refuse(path, "model", model, "is not an object")
    if (kind := model.get("type", "BPE")) != "BPE":
        _refuse(path, "model.type", kind, "is not BPE")
    tokens = _tokens(path, "model.vocab", model.get("vocab"))
    for i, added in enumerate(_listed(path, "added_tokens", keys.get("added_tokens", []))):
        _add(path, f"added_tokens[{i}]", tokens, added)
    merges = [
        _merge(path, f"model.merges[{i}]", merge)
        for i, merge in enumerate(_listed(path, "model.merges", model.get("merges")))
    ]
    return _checked(path, tokens, merges)


def from_vocab_and_merges(directory: Path) -> BytePairs:
    """The same from vocab.json and merges.txt, and the files beside them that add tokens."""
    path = directory / "vocab.json"
    tokens = _tokens(path, "the object", load(path, TOKENIZER_FILE))
    path = directory / "added_tokens.json"
    if path.exists():
        for token, i in _tokens(path, "the object", load(path, TOKENIZER_FILE)).items():
            _add(path, reprlib.repr(token), tokens, {"content": token, "id": i})
    path = directory / "tokenizer_config.json"
    if path.exists():
        for added in _added_tokens_decoder(path):
            _add(path, "added_tokens_decoder", tokens, added)
    return _checked(directory, tokens, _merges_txt(directory / "merges.txt"))


def _merges_txt(path: Path) -> list[tuple[str, str]]:
    """A merge a line, in order, behind a first line that may name the version."""
    try:
        lines = contents(path, TOKENIZER_FILE).decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        refuse(f"{path}: cannot be read as text: {error}", GUARD)
    has_header = lines[0].startswith(HEADER)
    if lines[-1] == "":
        lines.pop()
    return [
        _merge(path, f"line {number}", line.removesuffix("\r"))
        for number, line in enumerate(lines, start=1)
        if number > has_header
    ]


def _added_tokens_decoder(path: Path) -> Iterable[dict[str, object]]:
    """The added tokens of a tokenizer_config.json, in the form of tokenizer.json."""
    written = load(path, TOKENIZER_FILE).get("added_tokens_decoder", {})
    if not isinstance(written, dict):
        _refuse(path, "added_tokens_decoder", written, "is not an object")
    for key, added in written.items():
        if not (key.isascii() and key.isdecimal() and len(key) <= len(str(LARGEST_ID))):
            _refuse(path, "added_tokens_decoder", key, "is not an id")
        if not isinstance(added, dict):
            _refuse(path, f"added_tokens_decoder.{key}", added, "is not an object")
        yield {"content": added.get("content"), "id": int(key)}


def _tokens(path: Path, key: str, written: object) -> dict[str, int]:
    """A table token -> id."""
    if not isinstance(written, dict):
        _refuse(path, key, written, "is not an object")
    for token, i in written.items():
        if not _is_id(i):
            _refuse(path, f"{key}[{reprlib.repr(token)}]", i, NO_ID)
    return written


def _add(path: Path, key: str, tokens: dict[str, int], added: object) -> None:
    """Put an added token, an object with `content` and `id`, among the others."""
    if not isinstance(added, dict):
        _refuse(path, key, added, "is not an object")
    token, i = added.get("content"), added.get("id")
    if not isinstance(token, str):
        _refuse(path, f"{key}.content", token, "is not a text")
    if not _is_id(i):
        _refuse(path, f"{key}.id", i, NO_ID)
    if tokens.setdefault(token, i) != i:
        _refuse(path, f"{key}.id", i, f"is not {tokens[token]}, the id of {reprlib.repr(token)}")


def _is_id(i: object) -> bool:
    return type(i) is int and 0 <= i <= LARGEST_ID


def _merge(path: Path, key: str, written: object) -> tuple[str, str]:
    """The two tokens of a merge, written as `a b` or as [a, b]."""
    parts = written.split(" ") if isinstance(written, str) else written
    match parts:
        case [str(left), str(right)] if left and right:
            return left, right
    return _refuse(path, key, written, "is not a merge of two tokens")


def _listed(path: Path, key: str, written: object) -> list[object]:
    if not isinstance(written, list):
        _refuse(path, key, written, "is not a list")
    return written


def _checked(path: Path, tokens: dict[str, int], merges: list[tuple[str, str]]) -> BytePairs:
    """The two together, where there are tokens and no two of them have one id."""
    if not tokens:
        refuse(f"{path}: there are no tokens", GUARD)
    found: dict[int, str] = {}
    for token, i in tokens.items():
        if found.setdefault(i, token) != token:
            _refuse(
                path,
                f"the id of {reprlib.repr(token)}",
                i,
                f"is that of {reprlib.repr(found[i])} too",
            )
    return BytePairs(tokens, merges)


def _check_same(directory: Path, whole: BytePairs, parts: BytePairs) -> None:
    """Refuse a vocab.json and merges.txt that say something else than the tokenizer.json."""
    for token, i in parts.tokens.items():
        if whole.tokens.get(token) != i:
            other = f"and {whole.tokens.get(token)} in tokenizer.json"
            name = f"the id of {reprlib.repr(token)}"
            _refuse(directory, name, i, f"in vocab.json and what adds to it, {other}")
    if whole.merges != parts.merges:
        refuse(
            f"{directory}: the {len(parts.merges)} merges of merges.txt are not the "
            f"{len(whole.merges)} of tokenizer.json",
            GUARD,
        )


def _refuse(path: Path, key: str, value: object, reason: str) -> NoReturn:
    refuse(f"{path}: {key} = {reprlib.repr(value)} {reason}", GUARD)
