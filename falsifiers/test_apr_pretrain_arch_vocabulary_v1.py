"""Falsifiers of contracts/apr-pretrain-arch-polymorphic-v1.yaml: whose tokenizer it is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from aprender.checkpoint.vocabulary import preflight_tokenizer_vocab_matches_target as preflight
from aprender.config.shapes import named_shape
from aprender.tokenize.fingerprint import Vocabulary, read_vocabulary, tokenizer_fingerprint
from falsifiers import tiny_tokenizers
from falsifiers.oracles.tokenizers import fingerprint


def vocabulary(entries, largest_id=None, fingerprint="0"):
    return Vocabulary(entries, entries - 1 if largest_id is None else largest_id, fingerprint)


def mismatch(words, tokenizer, target, **rest):
    """The tokenizer is refused with these words, in their order."""
    message = r"\b.*\b".join(re.escape(str(word)) for word in words)
    with pytest.raises(ValueError, match=rf"\b{message}\b"):
        preflight(tokenizer, target, **rest)


def falsify_apr_pretrain_arch_005_a_fitting_tokenizer_is_accepted(falsifier):
    for name in falsifier.params["shapes"]:
        target = named_shape(name)
        for entries in (*falsifier.params["entries"], target.vocab_size):
            tokenizer = vocabulary(entries)
            preflight(tokenizer, target, has_init=True, stamped=tokenizer.fingerprint)
            if entries != target.vocab_size:
                mismatch(("STRICT", entries, target.vocab_size), tokenizer, target, has_init=False)
        preflight(vocabulary(target.vocab_size), target, has_init=False)


def falsify_apr_pretrain_arch_006_another_models_tokenizer_is_refused(falsifier):
    target = named_shape(falsifier.params["shape"])
    rows = target.vocab_size
    assert rows == falsifier.params["rows"]
    preflight(vocabulary(rows), target, has_init=False)
    for entries in (*falsifier.params["entries"], 1, rows - 1, rows + 1):
        words = ("STRICT", entries, rows, falsifier.id)
        mismatch(words, vocabulary(entries), target, has_init=False)
    for stated in ({"stamped": "0"}, {"accepts_other_tokenizer": True}):
        with pytest.raises(ValueError, match="without a checkpoint there is no stamp"):
            preflight(vocabulary(rows), target, has_init=False, **stated)


def falsify_apr_pretrain_arch_009_the_tokenizer_is_the_checkpoints_own(falsifier, tmp_path):
    params, target = falsifier.params, named_shape(falsifier.params["shape"])
    base, added = params["base"], params["added"]

    def written(name, tokens, merges, further):
        return tiny_tokenizers.write_tokenizer_json(tmp_path / name, tokens, merges, further)

    tokens, merges = tiny_tokenizers.numbered(base)
    further = tiny_tokenizers.added_tokens(base, added)
    own = written("own", tokens, merges, further)
    tokenizer = read_vocabulary(own)
    stamped = tokenizer.fingerprint
    assert (tokenizer.entries, target.vocab_size) == (params["entries"], params["rows"])
    preflight(tokenizer, target, has_init=True, stamped=stamped)

    first, second, *_ = tokens
    others = [
        written("merged", tokens, [[second, first]], further),
        written("without", tokens, merges, {}),
        written("smaller", *tiny_tokenizers.byte_level(params["smaller_merges"]), {}),
    ]
    assert read_vocabulary(others[-1]).entries == params["smaller"]
    for other in others:
        tokenizer = read_vocabulary(other)
        words = (
            "RELAXED",
            tokenizer.entries,
            target.vocab_size,
            tokenizer.fingerprint,
            stamped,
            falsifier.id,
        )
        mismatch(words, tokenizer, target, has_init=True, stamped=stamped)
        preflight(tokenizer, target, has_init=True, stamped=stamped, accepts_other_tokenizer=True)
    mismatch(("RELAXED", "none", falsifier.id), tokenizer, target, has_init=True)
    preflight(tokenizer, target, has_init=True, accepts_other_tokenizer=True)


def falsify_apr_pretrain_arch_010_no_id_is_outside_the_embedding(falsifier, tmp_path):
    target = replace(named_shape("tiny"), vocab_size=falsifier.params["rows"])
    rows = target.vocab_size
    tokens, merges = tiny_tokenizers.numbered(falsifier.params["entries"])
    for largest, is_inside in ((rows - 1, True), (rows, False), (rows * rows, False)):
        directory = tmp_path / str(largest)
        tiny_tokenizers.write_tokenizer_json(directory, tokens, merges, {"last": largest})
        tokenizer = read_vocabulary(directory)
        assert tokenizer.entries < rows
        checkpoint = {"has_init": True, "stamped": tokenizer.fingerprint}
        if is_inside:
            preflight(tokenizer, target, **checkpoint)
            continue
        words = ("RELAXED", largest, "OOB", rows, falsifier.id)
        mismatch(words, tokenizer, target, **checkpoint)
        mismatch(words, tokenizer, target, has_init=True, accepts_other_tokenizer=True)
        # As many entries as rows, and one of them beyond.
        words = ("STRICT", largest, "OOB", rows, falsifier.id)
        mismatch(words, vocabulary(rows, largest), target, has_init=False)


def falsify_apr_pretrain_arch_fingerprint_is_of_tokens_and_merges(falsifier, tmp_path):
    params = falsifier.params
    tokens, merges = tiny_tokenizers.byte_level(params["merges"])
    added = tiny_tokenizers.added_tokens(len(tokens), params["added"])
    # Characters that JSON escapes, and one outside of the first plane.
    added[params["awkward"]] = len(tokens) + len(added)
    truth = fingerprint({**tokens, **added}, merges)
    assert truth == params["sha256"]

    write_json = tiny_tokenizers.write_tokenizer_json
    write_pair = tiny_tokenizers.write_vocab_and_merges
    forms = [
        write_json(tmp_path / "lists", tokens, merges, added),
        write_json(tmp_path / "texts", tokens, merges, added, " ".join),
        tmp_path / "lists" / "tokenizer.json",
        write_json(tmp_path / "any order", dict(reversed(tokens.items())), merges, added),
        write_json(tmp_path / "added twice", {**tokens, **added}, merges, added),
        write_pair(write_json(tmp_path / "both", tokens, merges, added), tokens, merges),
        write_pair(tmp_path / "in one table", {**tokens, **added}, merges),
        write_pair(tmp_path / "without header", {**tokens, **added}, merges, header=""),
        tiny_tokenizers.write_added_tokens_json(
            write_pair(tmp_path / "added", tokens, merges), added
        ),
        tiny_tokenizers.write_tokenizer_config(
            write_pair(tmp_path / "config", tokens, merges), added
        ),
    ]
    entries = len(tokens) + len(added)
    for form in forms:
        assert read_vocabulary(form) == Vocabulary(entries, entries - 1, truth)
        assert tokenizer_fingerprint(form) == truth

    first, second = list(tokens)[:2]
    exchanged = {**tokens, first: tokens[second], second: tokens[first]}
    others = {
        truth: (tokens, merges, added),
        "ids": (exchanged, merges, added),
        "order": (tokens, merges[::-1], added),
        "fewer": (tokens, merges[:-1], added),
        "sides": (tokens, [pair[::-1] for pair in merges], added),
        "added": (tokens, merges, {**added, "one more": entries}),
    }
    found = {
        tokenizer_fingerprint(write_json(tmp_path / "other", *other)) for other in others.values()
    }
    assert len(found) == len(others)

    def check_refused(message, directory):
        with pytest.raises(ValueError, match=rf"{message}.*{falsifier.id}"):
            tokenizer_fingerprint(directory)

    check_refused("is that of", write_json(tmp_path / "x", {**tokens, "again": 0}, merges))
    for name, message, wrong in (
        ("y", "the id of .* in vocab.json", (exchanged, merges)),
        ("z", "merges.txt are not", (tokens, merges[::-1])),
    ):
        both = write_json(tmp_path / name, tokens, merges, added)
        check_refused(message, write_pair(both, *wrong))
