"""Tokenizers' files: what is read of them, and each reason to refuse them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aprender.tokenize.byte_pairs import GUARD, LARGEST_ID, read_byte_pairs
from aprender.tokenize.fingerprint import Vocabulary, read_vocabulary, tokenizer_fingerprint
from falsifiers.oracles.tokenizers import fingerprint

TOKENS = {"a": 0, "b": 1, "ab": 2}
WHOLE = {
    "added_tokens": [{"id": 5, "content": "<s>"}],
    "model": {"type": "BPE", "vocab": TOKENS, "merges": [["a", "b"]]},
}


def write(directory, **files):
    for name, written in files.items():
        text = written if isinstance(written, str) else json.dumps(written)
        stem, _, suffix = name.rpartition("_")
        (directory / f"{stem}.{suffix}").write_text(text, "utf-8")
    return directory


def model(**edits):
    return {**WHOLE, "model": {**WHOLE["model"], **edits}}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzzed")


def test_tokens_merges_and_gaps_are_read(tmp_path):
    write(tmp_path, tokenizer_json=WHOLE)
    assert read_byte_pairs(tmp_path) == ({**TOKENS, "<s>": 5}, [("a", "b")])
    assert read_vocabulary(tmp_path) == Vocabulary(
        4, 5, fingerprint({**TOKENS, "<s>": 5}, [("a", "b")])
    )


@pytest.mark.parametrize(
    "merges_txt",
    ["a b", "a b\n", "a b\r\n", "#version: 0.2\na b\n", "#version: 0.2\r\na b\r\n"],
)
def test_lines_end_as_they_like(merges_txt, tmp_path):
    write(tmp_path, vocab_json=TOKENS, merges_txt=merges_txt)
    assert read_byte_pairs(tmp_path) == (TOKENS, [("a", "b")])


def test_a_tokenizer_of_bytes_alone_has_no_merges(tmp_path):
    for merges_txt in ("", "#version: 0.2", "#version: 0.2\n"):
        write(tmp_path, vocab_json=TOKENS, merges_txt=merges_txt)
        assert read_byte_pairs(tmp_path) == (TOKENS, [])


def test_files_of_older_versions_are_read(tmp_path):
    older = model()
    del older["model"]["type"]
    del older["added_tokens"]
    write(tmp_path, tokenizer_json=older)
    assert read_byte_pairs(tmp_path) == (TOKENS, [("a", "b")])


def test_a_tokenizer_json_may_have_more_than_the_files_beside_it(tmp_path):
    write(tmp_path, tokenizer_json=WHOLE, vocab_json=TOKENS, merges_txt="a b")
    assert read_vocabulary(tmp_path).entries == 4
    write(tmp_path, added_tokens_json={"<t>": 6})
    with pytest.raises(ValueError, match=r"the id of '<t>' = 6 in vocab.json .* None in tokenizer"):
        read_vocabulary(tmp_path)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{", "cannot be read as JSON"),
        ([], "holds list, not an object"),
        ({}, "model = None is not an object"),
        (model(type="Unigram"), "model.type = 'Unigram' is not BPE"),
        (model(type=None), "model.type = None is not BPE"),
        (model(vocab=[["a", 0]]), "model.vocab = .* is not an object"),
        (model(vocab=None), "model.vocab = None is not an object"),
        (model(vocab={"a": True}), r"model.vocab\['a'\] = True is not an integer"),
        (model(vocab={"a": -1}), r"model.vocab\['a'\] = -1 is not an integer from 0"),
        (model(vocab={"a": 1.0}), r"model.vocab\['a'\] = 1.0 is not an integer"),
        (model(vocab={"a": LARGEST_ID + 1}), r"model.vocab\['a'\] = 2147483648 is not"),
        (model(vocab={"a": 0, "b": 0}), "the id of 'b' = 0 is that of 'a' too"),
        (model(merges=None), "model.merges = None is not a list"),
        (model(merges="a b"), "model.merges = 'a b' is not a list"),
        (model(merges=["a b", "ab"]), r"model.merges\[1\] = 'ab' is not a merge of two tokens"),
        (model(merges=["a b c"]), r"model.merges\[0\] = 'a b c' is not a merge"),
        (model(merges=["a "]), r"model.merges\[0\] = 'a ' is not a merge"),
        (model(merges=[["a", "b", "c"]]), r"model.merges\[0\] = .* is not a merge"),
        (model(merges=[["a", 1]]), r"model.merges\[0\] = .* is not a merge"),
        (model(merges=[None]), r"model.merges\[0\] = None is not a merge"),
        ({**WHOLE, "added_tokens": {}}, r"added_tokens = \{\} is not a list"),
        ({**WHOLE, "added_tokens": ["<s>"]}, r"added_tokens\[0\] = '<s>' is not an object"),
        ({**WHOLE, "added_tokens": [{"id": 5}]}, r"added_tokens\[0\].content = None is not a text"),
        ({**WHOLE, "added_tokens": [{"content": "<s>"}]}, r"added_tokens\[0\].id = None is not an"),
        (
            {**WHOLE, "added_tokens": [{"id": 1, "content": "<s>"}]},
            "the id of '<s>' = 1 is that of 'b' too",
        ),
        (
            {**WHOLE, "added_tokens": [{"id": 3, "content": "a"}]},
            r"added_tokens\[0\].id = 3 is not 0, the id of 'a'",
        ),
        ({"model": {"vocab": {}, "merges": []}}, "there are no tokens"),
    ],
)
def test_a_tokenizer_json_is_refused_by_its_key(written, message, tmp_path):
    write(tmp_path, tokenizer_json=written)
    for path in (tmp_path, tmp_path / "tokenizer.json"):
        with pytest.raises(ValueError, match=message) as refusal:
            tokenizer_fingerprint(path)
        assert str(tmp_path / "tokenizer.json") in str(refusal.value)
        assert GUARD in str(refusal.value)


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        ({"vocab_json": "[]"}, "vocab.json", "holds list, not an object"),
        ({"vocab_json": {"a": "0"}}, "vocab.json", r"\['a'\] = '0' is not an integer"),
        ({"merges_txt": "#version: 0.2\na b\n\n"}, "merges.txt", "line 3 = '' is not a merge"),
        ({"merges_txt": "a b\nab\n"}, "merges.txt", "line 2 = 'ab' is not a merge"),
        ({"merges_txt": "a b\n#version: 0.2 x"}, "merges.txt", "line 2 = .* is not a merge"),
        ({"added_tokens_json": {"a": 9}}, "added_tokens.json", "'a'.id = 9 is not 0, the id of"),
        ({"added_tokens_json": {"x": -9}}, "added_tokens.json", r"\['x'\] = -9 is not an integer"),
        ({"added_tokens_json": {"x": 0}}, "", "the id of 'x' = 0 is that of 'a' too"),
        (
            {"tokenizer_config_json": {"added_tokens_decoder": []}},
            "tokenizer_config.json",
            r"added_tokens_decoder = \[\] is not an object",
        ),
        (
            {"tokenizer_config_json": {"added_tokens_decoder": {"-1": {"content": "x"}}}},
            "tokenizer_config.json",
            "added_tokens_decoder = '-1' is not an id",
        ),
        (
            {"tokenizer_config_json": {"added_tokens_decoder": {"9" * 5000: {"content": "x"}}}},
            "tokenizer_config.json",
            "added_tokens_decoder = '9.* is not an id",
        ),
        (
            {"tokenizer_config_json": {"added_tokens_decoder": {"٣": {"content": "x"}}}},
            "tokenizer_config.json",
            "added_tokens_decoder = '٣' is not an id",
        ),
        (
            {"tokenizer_config_json": {"added_tokens_decoder": {"9": None}}},
            "tokenizer_config.json",
            r"added_tokens_decoder\.9 = None is not an object",
        ),
        (
            {"tokenizer_config_json": {"added_tokens_decoder": {"9": {}}}},
            "tokenizer_config.json",
            r"content = None is not a text",
        ),
    ],
)
def test_the_files_of_a_directory_are_refused_by_their_key(files, name, message, tmp_path):
    write(tmp_path, **{"vocab_json": TOKENS, "merges_txt": "a b", **files})
    with pytest.raises(ValueError, match=message) as refusal:
        tokenizer_fingerprint(tmp_path)
    assert str(tmp_path / name) in str(refusal.value)
    assert GUARD in str(refusal.value)


def test_text_that_is_no_text_is_refused(tmp_path):
    write(tmp_path, vocab_json=TOKENS)
    (tmp_path / "merges.txt").write_bytes(b"a \xff\n")
    with pytest.raises(ValueError, match=rf"merges.txt: cannot be read as text: .*{GUARD}"):
        read_vocabulary(tmp_path)


def test_what_is_not_there_is_named(tmp_path):
    for files, absent in (
        ({}, "vocab.json"),
        ({"merges_txt": "a b"}, "vocab.json"),
        ({"vocab_json": TOKENS}, "merges.txt"),
    ):
        directory = tmp_path / str(len(files)) / absent.replace(".", "")
        directory.mkdir(parents=True)
        write(directory, **files)
        with pytest.raises(FileNotFoundError, match=GUARD) as refusal:
            read_vocabulary(directory)
        assert refusal.value.filename == str(directory / absent)
    with pytest.raises(FileNotFoundError, match=GUARD):
        read_vocabulary(tmp_path / "absent")


@pytest.mark.parametrize(("entries", "largest"), [(0, 0), (2, 0), (True, 1), (1, -1), (1, 0.0)])
def test_more_entries_than_ids_are_no_vocabulary(entries, largest):
    with pytest.raises(ValueError, match="is not an integer of at least"):
        Vocabulary(entries, largest, "")


def test_a_lone_surrogate_is_a_token_of_its_own(tmp_path):
    texts = {
        '{"\\ud83d": 0, "\\ude00": 1}',
        '{"\\ude00": 0, "\\ud83d": 1}',
        '{"\\ud83d\\ude00": 0}',
    }
    found = {
        tokenizer_fingerprint(write(tmp_path, vocab_json=text, merges_txt="")) for text in texts
    }
    assert len(found) == len(texts)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3) | st.sampled_from(["id", "content", "type", "vocab", "merges"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
TABLES = st.dictionaries(st.text(max_size=3), st.integers(-1, 6), max_size=4)
MERGES = st.lists(st.text("ab ", max_size=4) | st.lists(st.text("ab", max_size=2), max_size=3))
TOKENIZERS = st.fixed_dictionaries(
    {
        "model": st.fixed_dictionaries(
            {"vocab": TABLES | ANYTHING, "merges": MERGES | ANYTHING},
            optional={"type": st.just("BPE") | ANYTHING},
        )
        | ANYTHING
    },
    optional={"added_tokens": ANYTHING},
)


def read_or_refused(directory):
    """The vocabulary, or why there is none."""
    try:
        return read_vocabulary(directory), ""
    except ValueError as refusal:
        return None, str(refusal)


def check_read_or_refused(directory):
    vocabulary, refusal = read_or_refused(directory)
    if vocabulary is None:
        assert GUARD in refusal
        assert str(directory) in refusal
    else:
        tokens, merges = read_byte_pairs(directory)
        assert vocabulary.entries == len(tokens) == len(set(tokens.values()))
        assert vocabulary.largest_id == max(tokens.values())
        assert all(len(merge) == 2 for merge in merges)


@given(TOKENIZERS | ANYTHING)
def test_any_tokenizer_json_is_read_or_refused(fuzzed, written):
    directory = fuzzed / "whole"
    directory.mkdir(exist_ok=True)
    check_read_or_refused(write(directory, tokenizer_json=json.dumps(written)))


@given(
    TABLES | ANYTHING,
    st.binary(max_size=16) | st.text("ab \r\n#version", max_size=16).map(str.encode),
    ANYTHING,
    ANYTHING | st.fixed_dictionaries({"added_tokens_decoder": ANYTHING}),
)
def test_any_files_of_a_directory_are_read_or_refused(fuzzed, vocab, merges, added, config):
    directory = fuzzed / "parts"
    directory.mkdir(exist_ok=True)
    files = {"vocab_json": vocab, "added_tokens_json": added, "tokenizer_config_json": config}
    write(directory, **{name: json.dumps(written) for name, written in files.items()})
    (directory / "merges.txt").write_bytes(merges)
    check_read_or_refused(directory)
