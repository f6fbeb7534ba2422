"""Verifying GGUF files: each fault is seen by the check that is for it, and a skip is no pass."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aprender.formats.gguf import GGMLType, TensorSource, write_gguf
from aprender.hf_pipeline.gguf import EMBEDDING, Verification, gguf_verify

ROWS, COLUMNS = 400, 16
MATRIX = "blk.0.ffn_up.weight"


@pytest.fixture
def weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(36)
    return {
        EMBEDDING: rng.normal(size=(ROWS, COLUMNS)).astype(np.float32),
        MATRIX: rng.normal(size=(8, COLUMNS)).astype(np.float16),
        "blk.0.attn_norm.weight": np.ones(COLUMNS, np.float32),
        "blk.0.attn_q.bias": np.zeros(COLUMNS, np.float32),
    }


def verified(path: Path, weights: dict[str, np.ndarray]) -> Verification:
    sources = [TensorSource.of(name, array) for name, array in weights.items()]
    write_gguf(path, {"general.architecture": "llama"}, sources)
    return gguf_verify(path)


def failed(verification: Verification) -> list[str]:
    return [check.name.split()[0] for check in verification.checks if check.outcome == "failed"]


def test_a_good_file_passes_every_check(tmp_path: Path, weights: dict[str, np.ndarray]) -> None:
    verification = verified(tmp_path / "good.gguf", weights)
    assert verification.outcome == "passed"
    assert verification.counts() == {"passed": 7, "failed": 0, "skipped": 0}
    assert [check.examined for check in verification.checks] == [5, 1, 4, 2, 2, 1, 1]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", [EMBEDDING, MATRIX, "blk.0.attn_q.bias"])
def test_a_number_that_is_none_is_seen(
    tmp_path: Path, weights: dict[str, np.ndarray], name: str, value: float
) -> None:
    weights[name].flat[-1] = value
    verification = verified(tmp_path / "wrong.gguf", weights)
    assert failed(verification) == ["finite"]
    (failure,) = verification.checks[2].failures
    assert failure == f"{name}: 1 numbers are NaN or infinite"


def scatter_zeros(array: np.ndarray, part: float) -> None:
    """Make so many of the numbers zero, and none of the first column, so that no row is dead."""
    rng = np.random.default_rng(1)
    places = rng.choice(array.size - len(array), round(part * array.size), replace=False)
    rows, columns = np.divmod(places, array.shape[1] - 1)
    array[rows, columns + 1] = 0


def test_scattered_zeros_are_seen_by_density_alone(
    tmp_path: Path, weights: dict[str, np.ndarray]
) -> None:
    for part, expected in ((0.501, ["density"]), (0.499, [])):
        embedding = np.random.default_rng(2).normal(size=(ROWS, COLUMNS)).astype(np.float32)
        scatter_zeros(embedding, part)
        weights[EMBEDDING] = embedding
        assert failed(verified(tmp_path / f"{part}.gguf", weights)) == expected


def test_other_matrices_may_have_more_zeros(tmp_path: Path, weights: dict[str, np.ndarray]) -> None:
    weights[MATRIX][:, : COLUMNS * 3 // 4] = 0
    assert failed(verified(tmp_path / "some.gguf", weights)) == []
    weights[MATRIX][:, : COLUMNS * 7 // 8] = 0
    assert failed(verified(tmp_path / "many.gguf", weights)) == ["density"]


def test_leading_dead_rows_are_seen_by_the_spots_alone(
    tmp_path: Path, weights: dict[str, np.ndarray]
) -> None:
    weights[EMBEDDING][: ROWS // 5] = 0
    assert failed(verified(tmp_path / "wrong.gguf", weights)) == ["spots"]


def test_dead_rows_beside_the_spots_are_counted(
    tmp_path: Path, weights: dict[str, np.ndarray]
) -> None:
    weights[EMBEDDING][1::10] = weights[EMBEDDING][3::10] = 0
    assert failed(verified(tmp_path / "some.gguf", weights)) == []
    weights[EMBEDDING][5::10] = 0
    assert failed(verified(tmp_path / "wrong.gguf", weights)) == ["dead"]


def test_the_historic_embedding_is_refused(tmp_path: Path, weights: dict[str, np.ndarray]) -> None:
    weights[EMBEDDING][: round(0.945 * ROWS)] = 0
    assert failed(verified(tmp_path / "wrong.gguf", weights)) == ["density", "spots", "dead"]


@pytest.mark.parametrize("value", [0.5, 1e-9])
def test_a_matrix_of_one_number_is_none(
    tmp_path: Path, weights: dict[str, np.ndarray], value: float
) -> None:
    weights[MATRIX] = np.full((8, COLUMNS), value, np.float32)
    assert failed(verified(tmp_path / "same.gguf", weights)) == ["variation"]
    weights[MATRIX][0, 0] *= 2
    expected = ["variation"] if value < 1e-6 else []
    assert failed(verified(tmp_path / "other.gguf", weights)) == expected


def test_what_is_not_looked_at_has_not_passed(
    tmp_path: Path, weights: dict[str, np.ndarray]
) -> None:
    del weights[EMBEDDING]
    verification = verified(tmp_path / "headless.gguf", weights)
    assert verification.outcome == "skipped"
    assert verification.counts() == {"passed": 5, "failed": 0, "skipped": 2}
    assert verification.checks[-1].skipped == (f"there is no {EMBEDDING}",)


@pytest.mark.parametrize("is_finite", [True, False])
@pytest.mark.parametrize("kind", [kind for kind in GGMLType if kind.is_quantised])
def test_blocks_are_looked_at(tmp_path: Path, kind: GGMLType, is_finite: bool) -> None:
    blocks = np.full((2, 3 * kind.block_bytes), 0x3C, np.uint8)
    if not is_finite:
        # Of the last block the last fp16: 0x7C00 is infinity.
        at = 2 * kind.block_bytes + kind.halves[-1]
        blocks[1, at : at + 2] = 0x00, 0x7C
    path = tmp_path / "blocks.gguf"
    write_gguf(path, {}, [TensorSource(EMBEDDING, (2, 3 * kind.block_weights), kind, blocks)])
    verification = gguf_verify(path)
    is_decoded = kind not in (GGMLType.Q2_K, GGMLType.Q3_K)
    assert ("finite" in failed(verification)) is not is_finite
    assert all(bool(check.skipped) is not is_decoded for check in verification.checks[-2:])
    if not is_decoded:
        assert verification.outcome == ("skipped" if is_finite else "failed")
        assert verification.checks[-1].skipped == (f"{EMBEDDING}: blocks are not decoded here",)


def test_bfloat16_and_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aprender.hf_pipeline.gguf.PIECE", 32)
    numbers = np.random.default_rng(3).normal(size=(ROWS, COLUMNS)).astype(np.float32)
    bits = (numbers.view(np.uint32) >> 16).astype(np.uint16)
    path = tmp_path / "brain.gguf"
    for wrong, expected in (((), []), ((399, 7), ["finite"])):
        if wrong:
            bits[wrong] = 0x7F80
        write_gguf(path, {"a": True}, [TensorSource(EMBEDDING, bits.shape, GGMLType.BF16, bits)])
        assert failed(gguf_verify(path)) == expected
    bits[wrong] = bits[0, 0]
    bits[200] = 0
    write_gguf(path, {"a": True}, [TensorSource(EMBEDDING, bits.shape, GGMLType.BF16, bits)])
    assert gguf_verify(path).checks[-2].failures == (f"{EMBEDDING}: rows [200] are zero",)


def test_a_file_that_cannot_be_read_fails(tmp_path: Path, weights: dict[str, np.ndarray]) -> None:
    path = tmp_path / "cut.gguf"
    verified(path, weights)
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:-64])
    verification = gguf_verify(path)
    assert verification.outcome == "failed"
    assert verification.counts() == {"passed": 0, "failed": 1, "skipped": 6}
    assert "FALSIFY-GGUF-003" in verification.checks[0].failures[0]


def test_text_within_arrays_is_looked_at(tmp_path: Path) -> None:
    from falsifiers.gguf_malformed import cases

    (case,) = (case for case in cases() if case.name == "pair 16 text 2 b'\\xff\\xfe'")
    path = tmp_path / "text.gguf"
    path.write_bytes(case.data)
    verification = gguf_verify(path)
    assert failed(verification) == ["metadata"]
    assert "FALSIFY-GGUF-TEXT" in verification.checks[1].failures[0]
