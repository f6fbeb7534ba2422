"""The strict loader: what plain scalars mean, what is refused, and where it stands."""

from __future__ import annotations

import math

import pytest

from pv.contract.document import Document, Span
from pv.contract.yaml import load

PATH = "contracts/abs-v1.yaml"


def read(text: str | bytes) -> Document:
    return load(text if isinstance(text, bytes) else text.encode(), PATH)


def problem_of(text: str | bytes) -> tuple[str, int, int]:
    (problem,) = read(text).problems
    return problem.rule, problem.span.line, problem.span.column


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1e-5", 1e-5),
        ("1e5", 1e5),
        ("1.0e5", 1e5),
        ("12e03", 12e3),
        ("-.5e3", -500.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("+12", 12),
        ("012", 12),
        ("0o14", 12),
        ("0xff", 255),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2026-05-04", "2026-05-04"),
        ("1.2.3", "1.2.3"),
        ("12e4567", math.inf),
        ("1e400", math.inf),
        ("-.inf", -math.inf),
        ("9" * 5000, math.inf),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("y", "y"),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("nUll", "nUll"),
        ("=", "="),
        ("-", "-"),
        (".", "."),
        ("'1'", "1"),
        ('"true"', "true"),
        ("''", ""),
        ("|\n  1", "1"),
    ],
)
def test_scalars_follow_the_core_schema(source: str, value: object) -> None:
    document = read(f"a: {source}" if source != "-" else "a: [-]")
    found = document.data["a"] if source != "-" else document.data["a"][0]
    assert (found, type(found)) == (value, type(value))
    assert document.problems == ()


def test_not_a_number() -> None:
    assert math.isnan(read("a: .NaN").data["a"])


@pytest.mark.parametrize("key", ["1", "true", "no", "null", "1.0", "~", "2026-05-04", "''"])
def test_keys_are_text(key: str) -> None:
    assert list(read(f"{key}: x").data) == [key.strip("'")]


@pytest.mark.parametrize(
    ("text", "rule", "line", "column"),
    [
        (b"a: 1\nb: \xff", "not-utf8", 2, 4),
        (b"\xef\xbb\xbfa: \xff", "not-utf8", 1, 4),
        ("a: 1\n".encode("utf-16"), "not-utf8", 1, 1),
        ("é: 1\nb: \x00", "unprintable-character", 2, 4),
        ("a: \ufeff", "unprintable-character", 1, 4),
        ("", "empty-file", 1, 1),
        ("# only a comment\n", "empty-file", 1, 1),
        ("~", "empty-file", 1, 1),
        ("- a", "top-level-not-mapping", 1, 1),
        ("text", "top-level-not-mapping", 1, 1),
        ("a: 1\n---\nb: 2\n", "several-documents", 2, 1),
        ("a: 1\n? [b]\n: 2\n", "key-not-text", 2, 3),
        ("a: &x b\n*x : 2\n", "key-not-text", 2, 1),
        ("a: `b`", "yaml-syntax", 1, 4),
        ("a: b: c", "yaml-syntax", 1, 5),
        ("a: %b", "yaml-syntax", 1, 4),
        ("a: > b", "yaml-syntax", 1, 6),
        ("a:\n\t- b", "yaml-syntax", 2, 1),
        ("a: [b", "yaml-syntax", 1, 6),
        ('a: "\\ud800"', "yaml-syntax", 1, 7),
        ("a: {b: 1, b: 2}", "duplicate-key", 1, 11),
        ("1: a\n'1': b\n", "duplicate-key", 2, 1),
        ("a: 1\n<<: {b: 1}\n", "merge-key", 2, 1),
        ("a: !grep x", "yaml-tag", 1, 4),
        ("a: !!str 1", "yaml-tag", 1, 4),
        ("a: !x [1, 2]", "yaml-tag", 1, 4),
        ("!x a: 1", "yaml-tag", 1, 1),
        ("a: *b", "bad-alias", 1, 4),
        ("a: &a [1, *a]", "bad-alias", 1, 11),
        ("a: &a {b: *a}", "bad-alias", 1, 11),
        ("a: sum == 1 #always", "text-cut", 1, 4),
        ("a: [sum == 1 # always\n]", "text-cut", 1, 5),
    ],
)
def test_each_trap_is_one_problem(text: str | bytes, rule: str, line: int, column: int) -> None:
    assert problem_of(text) == (rule, line, column)


@pytest.mark.parametrize(
    "text", ["a: one #note", "a: 'b c' # note", "a: b c\n# note\n", "a: b#c d", "'<<': 1"]
)
def test_what_only_looks_like_a_trap(text: str) -> None:
    assert read(text).problems == ()


def test_every_problem_says_what_to_do() -> None:
    for text in ("a: `b`", "a: b: c", "- a", "a: *b", "a: !x y", "a: 1\na: 2", b"\xff", ""):
        (problem,) = read(text).problems
        assert problem.suggestion


def test_both_places_of_a_duplicate_are_shown() -> None:
    (problem,) = read("a: {b: 1,\n  b: 2}").problems
    assert problem.span == Span(2, 3, 2, 4)
    assert problem.related == (Span(1, 5, 1, 6),)


def test_the_first_of_two_values_is_kept() -> None:
    document = read("a: 1\na: {b: [2]}\nc: 3\n")
    assert document.data == {"a": 1, "c": 3}
    assert ("a", "b") not in document.values


def test_what_is_refused_is_left_out_and_noted() -> None:
    document = read("a: !x 1\nb: [1, *y, 2]\nc: {<<: {d: 1}}\n")
    assert document.data == {"b": [1, 2], "c": {}}
    assert document.dropped == {("a",), ("b",), ("c", "<<")}


def test_positions_count_code_points_and_skip_the_byte_order_mark() -> None:
    document = read("\ufeffé: {名: 'x', n: 1}\nl:\n- |\n  text\n- last\n")
    assert document.keys["é",] == Span(1, 1, 1, 2)
    assert document.values["é",] == Span(1, 4, 1, 18)
    assert document.keys["é", "名"] == Span(1, 5, 1, 6)
    assert document.values["é", "名"] == Span(1, 8, 1, 11)
    assert document.values["l",] == Span(3, 1, 5, 7)
    assert document.values["l", 1] == Span(5, 3, 5, 7)
    assert document.values[()] == Span(1, 1, 5, 7)


def test_a_value_that_ends_the_file_ends_inside_it() -> None:
    assert read("a: 1\nb:").values["b",] == Span(2, 3, 2, 3)


def test_sources_keep_what_numbers_looked_like() -> None:
    document = read("a: 1.10\nb: [0123, ~]\nc: text\nd: '1'\n")
    assert document.sources == {("a",): "1.10", ("b", 0): "0123", ("b", 1): "~"}


def test_an_alias_is_a_copy_whose_parts_stand_where_they_were_written() -> None:
    document = read("a: &a {b: [1]}\nc: *a\n")
    assert document.data == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert document.data["a"] is not document.data["c"]
    assert document.values["c",] == Span(2, 4, 2, 6)
    assert document.values["c", "b", 0] == document.values["a", "b", 0] == Span(1, 12, 1, 13)
    assert document.keys["c",] == Span(2, 1, 2, 2)
    assert document.keys["c", "b"] == document.keys["a", "b"] == Span(1, 8, 1, 9)
    assert document.sources["c", "b", 0] == "1"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "a:\n"])
def test_deep_nesting_is_refused_without_recursion(opening: str) -> None:
    text = opening * 100_000
    if opening == "a:\n":
        text = "".join(f"{' ' * level}a:\n" for level in range(200))
    rule, line, _ = problem_of(text)
    assert rule in ("nesting-too-deep", "key-not-text")
    assert line <= 66


def test_nested_aliases_are_refused_before_they_expand() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    (problem,) = read("\n".join(lines)).problems
    assert problem.rule == "bad-alias"


def test_aliases_cannot_nest_deeper_than_text() -> None:
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 80))]
    (problem,) = read("\n".join(lines)).problems
    assert problem.rule == "bad-alias"
