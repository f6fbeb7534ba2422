"""Byte-level tokenizers without a meaning, and their files as Hugging Face has them."""

from __future__ import annotations

import json
from itertools import islice, product

BYTES = [chr(0x100 + byte) for byte in range(256)]


def byte_level(merges):
    """Tokens -> ids and merges: a token for each byte and for each merge of two of them."""
    pairs = [list(pair) for pair in islice(product(BYTES, repeat=2), merges)]
    tokens = [*BYTES, *("".join(pair) for pair in pairs)]
    return {token: i for i, token in enumerate(tokens)}, pairs


def numbered(entries):
    """Tokens -> ids of any number, and a merge."""
    return {f"token{i}": i for i in range(entries)}, [["token0", "token1"]]


def added_tokens(first, count):
    """Further tokens -> ids, as chat templates have them."""
    return {f"<|added_{i}|>": i for i in range(first, first + count)}


def write_tokenizer_json(directory, tokens, merges, added=None, merge=list):
    """One file for all; `merge` gives the form of a merge, a list or ' '.join."""
    directory.mkdir(parents=True, exist_ok=True)
    listed = [{"id": i, "content": token, "special": True} for token, i in (added or {}).items()]
    model = {"type": "BPE", "vocab": tokens, "merges": [merge(pair) for pair in merges]}
    path = directory / "tokenizer.json"
    path.write_text(json.dumps({"version": "1.0", "added_tokens": listed, "model": model}))
    return directory


def write_vocab_and_merges(directory, tokens, merges, header="#version: 0.2\n"):
    """Two files, without added tokens."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "vocab.json").write_text(json.dumps(tokens, ensure_ascii=False), "utf-8")
    lines = "".join(f"{left} {right}\n" for left, right in merges)
    (directory / "merges.txt").write_text(header + lines, "utf-8")
    return directory


def write_added_tokens_json(directory, added):
    (directory / "added_tokens.json").write_text(json.dumps(added))
    return directory


def write_tokenizer_config(directory, added):
    decoder = {str(i): {"content": token, "special": True} for token, i in added.items()}
    (directory / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": decoder}))
    return directory
