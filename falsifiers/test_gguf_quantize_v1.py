"""Falsifiers of contracts/gguf-quantize-v1.yaml: GGML's blocks, made, read, and chosen.

Shapes: rows of weights [rows, columns], or of block bytes.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from zlib import crc32

import gguf
import numpy as np
import pytest

from aprender.formats.gguf.types import GGMLType
from aprender.quant.mixes import tensor_types
from falsifiers import block_inputs
from falsifiers.mix_models import MODELS
from falsifiers.oracles import ggml_blocks as oracle

GOLDENS = Path(__file__).parent / "goldens"
KINDS = list(block_inputs.KINDS)


def goldens(params, name):
    """A file of what ggml or llama.cpp gave."""
    file = GOLDENS / name
    assert sha256(file.read_bytes()).hexdigest() == params["sha256"]
    return np.load(file)


def block_goldens(params):
    """That of blocks, and the inputs that it was made from."""
    found = goldens(params, "ggml_blocks.npz")
    few, many = block_inputs.few(), block_inputs.many()
    assert str(found["inputs"]) == block_inputs.digest(few + many)
    return found, np.stack(few), np.stack(many)


def sums_of_blocks(blocks, kind):
    """The checksum of each block of rows of one, [kinds of input, rows]."""
    assert blocks.shape[2] == oracle.SIZES[kind][1], kind
    sums = [[crc32(block.tobytes()) for block in rows] for rows in blocks]
    return np.array(sums, np.uint32)


def bits(array):
    """Of float32, so that -0 is not 0."""
    return np.asarray(array, np.float32).view(np.uint32)


def falsify_quant_bytes_are_those_of_ggml(implementation, falsifier):
    params = falsifier.params
    found, few, many = block_goldens(params)
    assert len(KINDS) >= params["kinds"]
    for kind in params["types"]:
        made = implementation(x=few, kind=GGMLType[kind])
        np.testing.assert_array_equal(made, found[f"{kind}/blocks"], err_msg=kind)
    for kind in params["searched_types"]:
        sums = sums_of_blocks(np.asarray(implementation(x=many, kind=GGMLType[kind])), kind)
        np.testing.assert_array_equal(sums, found[f"{kind}/crc32"], err_msg=kind)


def falsify_quant_jitted_blocks_are_those_of_ggml(implementation, falsifier):
    params = falsifier.params
    found, few, many = block_goldens(params)
    kinds = set(KINDS)
    for kind in params["types"]:
        made = np.asarray(implementation(x=few, kind=GGMLType[kind]))
        assert_equal_enough(kind, made == found[f"{kind}/blocks"], kinds, params)
    for kind in params["types_of_gguf"]:
        made = np.asarray(implementation(x=many, kind=GGMLType[kind]))
        with np.errstate(all="ignore"):
            is_equal = made == gguf.quantize(many, gguf.GGMLQuantizationType[kind])
        is_equal = is_equal.reshape(len(KINDS), -1, oracle.SIZES[kind][1]).all(axis=2)
        assert_equal_enough(kind, is_equal, kinds - set(params["with_negative_zeros"]), params)
    for kind in params["searched_types"]:
        made = np.asarray(implementation(x=many, kind=GGMLType[kind]))
        is_equal = sums_of_blocks(made, kind) == found[f"{kind}/crc32"]
        assert_equal_enough(kind, is_equal, kinds, params)
        values = gguf.dequantize(made, gguf.GGMLQuantizationType[kind]).astype(np.float64)
        errors = ((values - many) ** 2).sum(axis=(1, 2))
        bars = params["rmse_ratio"] ** 2 * found[f"{kind}/square_error"]
        assert (errors <= bars).all(), kind


def assert_equal_enough(kind, is_equal, names, params):
    """Of [kinds of input, ...]: the share of what is equal, in each of the named kinds."""
    for name, is_equal_of_kind in zip(KINDS, is_equal, strict=True):
        if name in names:
            assert is_equal_of_kind.mean() >= params["equal"], (kind, name)


def falsify_qs_007_values_are_the_formulas(implementation, falsifier):
    params = falsifier.params
    found, few, _ = block_goldens(params)
    for kind in params["types"]:
        blocks = found[f"{kind}/blocks"]
        read = np.asarray(implementation(blocks=blocks, kind=GGMLType[kind]))
        assert (read.shape, read.dtype) == (few.shape, np.float32), kind
        np.testing.assert_array_equal(bits(read[:, 0]), bits(found[f"{kind}/weights"]), kind)
        formula = oracle.decode(kind, blocks).astype(np.float32).reshape(read.shape)
        np.testing.assert_array_equal(bits(read), bits(formula), kind)


def falsify_quant_bounds_hold(implementation, falsifier):
    params = falsifier.params
    few = np.stack(block_inputs.few())
    for kind in params["types"]:
        made = np.asarray(implementation(x=few, kind=GGMLType[kind]))
        assert made.shape == (*few.shape[:2], 256 // 32 * oracle.SIZES[kind][1]), kind
        read = oracle.decode(kind, made).reshape(-1, 32)
        for values, weights in zip(read, few.reshape(-1, 32), strict=True):
            bound = oracle.bound(kind, weights) * params["slack"]
            assert np.abs(values - weights).max() <= bound, kind
    x = block_inputs.blocks("normal", params["blocks"])
    for kind, least, most in zip(
        params["rms_types"], params["rms_least"], params["rms_most"], strict=True
    ):
        made = np.asarray(implementation(x=x, kind=GGMLType[kind]))
        read = np.stack([oracle.decode(kind, row) for row in made])
        assert least <= np.sqrt(((read - x) ** 2).mean()) / x.std() <= most, kind


def falsify_def_26_no_finite_weight_becomes_nan(implementation, falsifier):
    params = falsifier.params
    for name in params["types"]:
        kind = GGMLType[name]
        columns = max(kind.block_weights, 32)
        for weight in (np.nan, np.inf, -np.inf):
            x = np.ones((3, columns), np.float32)
            x[1, 5] = weight
            with pytest.raises(ValueError, match=rf"x\[{columns + 5}\].*{weight} is not finite"):
                implementation(x=x, kind=kind)
    for name, held, beyond in zip(
        params["limited_types"], params["held"], params["beyond"], strict=True
    ):
        kind = GGMLType[name]
        for sign in (1, -1):
            x = np.zeros((2, max(kind.block_weights, 32)), np.float32)
            x[1, 7] = sign * held
            read = oracle.decode(name, np.asarray(implementation(x=x, kind=kind))[1])
            assert np.isfinite(read).all(), name
            assert np.abs(read - x[1]).max() <= params["rel_tol"] * held, name
            for too_large in (beyond, params["huge"]):
                x[1, 7] = sign * too_large
                with pytest.raises(ValueError, match=rf"leave the range of {name}"):
                    implementation(x=x, kind=kind)
    for name in params["small_types"]:
        for size in params["small"]:
            x = np.full((1, 256), size, np.float32)
            read = oracle.decode(name, np.asarray(implementation(x=x, kind=GGMLType[name]))[0])
            assert read.shape == (256,), name
            assert np.isfinite(read).all(), name
            assert np.abs(read - x).max() <= params["small_error"], name


def falsify_def_32_no_weights_give_no_bytes(implementation, falsifier):
    params = falsifier.params
    rng = np.random.default_rng(params["seed"])
    for name, size in zip(params["types"], params["bytes_of_32"], strict=True):
        kind = GGMLType[name]
        assert implementation(values=[], kind=kind) == (b"", kind)
        octets, written = implementation(values=rng.standard_normal(32), kind=kind)
        assert written is kind
        assert len(octets) == size
        assert np.abs(oracle.decode(name, np.frombuffer(octets, np.uint8))).max() > 0
        for count in params["partial"]:
            values = rng.standard_normal(count).astype(np.float32)
            if name == "F32":
                assert implementation(values=values, kind=kind) == (values.tobytes(), kind)
            else:
                with pytest.raises(ValueError, match=f"rows of {count}: a {name} block has 32"):
                    implementation(values=values, kind=kind)


def falsify_qs_002_rows_are_whole_blocks(implementation, falsifier):
    params = falsifier.params
    for name in params["types"]:
        kind = GGMLType[name]
        weights, octets = oracle.SIZES[name]
        for shape in ((0,), (3, 0), (0, weights), (0, 2, weights)):
            made = np.asarray(implementation(x=np.zeros(shape, np.float32), kind=kind))
            expected = (*shape[:-1], shape[-1] // weights * octets)
            assert (made.shape, made.dtype) == (expected, np.uint8), name
        for columns in params["columns"]:
            x = np.ones((2, weights, columns), np.float32)
            if columns % weights:
                with pytest.raises(ValueError, match=rf"rows of {columns}: a {name} block has"):
                    implementation(x=x, kind=kind)
            else:
                made = np.asarray(implementation(x=x, kind=kind))
                assert made.shape == (2, weights, columns // weights * octets), name
                assert made.any(), name
        with pytest.raises(TypeError, match="float64, not float32"):
            implementation(x=np.zeros(weights), kind=kind)
        with pytest.raises(ValueError, match="a single number"):
            implementation(x=np.float32(1), kind=kind)


def falsify_def_33_q4_0_is_ggmls(implementation, falsifier):
    params = falsifier.params
    x = block_inputs.blocks("normal", params["blocks"])
    made = np.asarray(implementation(x=x, kind=GGMLType.Q4_0))
    np.testing.assert_array_equal(made, gguf.quantize(x, gguf.GGMLQuantizationType.Q4_0))
    read = np.stack([oracle.decode("Q4_0", row) for row in made])
    cosine = (read * x).sum() / np.linalg.norm(read) / np.linalg.norm(x)
    assert cosine >= params["cosine"]
    steps = np.abs(x.reshape(-1, 32)).max(axis=1) / 8
    errors = np.abs(read - x).reshape(-1, 32).max(axis=1)
    assert (errors <= steps * params["slack"]).all()


def falsify_def_37_no_type_is_taken_for_another(implementation, falsifier):
    params = falsifier.params
    for name in params["unknown"]:
        blocks = np.zeros(GGMLType[name].block_bytes, np.uint8)
        with pytest.raises(ValueError, match=f"{name} is none of the types"):
            implementation(blocks=blocks, kind=GGMLType[name])
    with pytest.raises(ValueError, match="'Q4_0' is none of the types"):
        implementation(blocks=np.zeros(18, np.uint8), kind="Q4_0")
    x = block_inputs.blocks("normal", params["blocks"])
    for right, wrong in params["same_size"]:
        blocks = gguf.quantize(x, gguf.GGMLQuantizationType[right]).view(np.uint8)
        read = np.asarray(implementation(blocks=blocks, kind=GGMLType[right]))
        assert np.linalg.norm(read - x) <= params["right"] * np.linalg.norm(x), right
        try:
            other = np.asarray(implementation(blocks=blocks, kind=GGMLType[wrong]))
        except ValueError as refused:
            assert "NaN or an infinity" in str(refused)  # noqa: PT017
        else:
            assert np.linalg.norm(other - read) > params["wrong"] * np.linalg.norm(read), wrong


def hand_made(name, **fields):
    """A block from its fields in the order of the layout, each as bytes."""
    block = b"".join(fields.values())
    assert len(block) == oracle.SIZES[name][1], name
    return np.frombuffer(block, np.uint8)


def fp16(value):
    """Its two bytes."""
    return np.float16(value).tobytes()


def falsify_qs_001_blocks_have_their_fields_where_ggml_has_them(implementation, falsifier):
    params = falsifier.params
    d, dmin = params["d"], params["dmin"]
    scales = bytes([*[1 | 1 << 6] * 4, *[2 | 2 << 6] * 4, *[3 | 4 << 4] * 4])
    for name, qh in (("Q4_K", b""), ("Q5_K", bytes([0b10] * 32))):
        block = hand_made(
            name, d=fp16(d), dmin=fp16(dmin), scales=scales, qh=qh, qs=bytes([0x75] * 128)
        )
        read = np.asarray(implementation(blocks=block, kind=GGMLType[name])).reshape(8, -1)
        for j, values in enumerate(read):
            scale, low = (1, 2) if j < 4 else (3 + 16, 4 + 32)
            code = (7 if j % 2 else 5) + (16 if qh and j == 1 else 0)
            np.testing.assert_array_equal(values, np.full(32, d * scale * code - dmin * low))
    block = hand_made(
        "Q6_K",
        ql=bytes([0x21] * 128),
        qh=bytes([0b11_10_01_00] * 64),
        scales=np.arange(-8, 8, dtype=np.int8).tobytes(),
        d=fp16(d),
    )
    read = np.asarray(implementation(blocks=block, kind=GGMLType.Q6_K)).reshape(16, -1)
    for j, values in enumerate(read):
        quarter = j % 8 // 2
        code = (1 if quarter < 2 else 2) + 16 * quarter
        np.testing.assert_array_equal(values, np.full(16, d * (j - 8) * (code - 32)))


def falsify_qs_003_damaged_scales_are_refused(implementation, falsifier):
    params = falsifier.params
    for name, offsets in zip(params["types"], params["halves"], strict=True):
        size = oracle.SIZES[name][1]
        for offset in offsets:
            for value in (np.inf, -np.inf, np.nan):
                blocks = np.ones((2, 3 * size), np.uint8)
                blocks[1, size + offset : size + offset + 2] = np.frombuffer(fp16(value), np.uint8)
                with pytest.raises(ValueError, match=f"{name} block 4 .*NaN or an infinity"):
                    implementation(blocks=blocks, kind=GGMLType[name])
        read = np.asarray(implementation(blocks=np.ones(size, np.uint8), kind=GGMLType[name]))
        assert np.isfinite(read).all(), name
        assert (read != 0).any(), name


def falsify_qs_004_zero_codes_of_q6_k_are_its_lowest(implementation, falsifier):
    lowest = falsifier.params["lowest"]
    block = hand_made("Q6_K", codes=bytes(192), scales=bytes([1] * 16), d=fp16(1))
    read = np.asarray(implementation(blocks=block, kind=GGMLType.Q6_K))
    np.testing.assert_array_equal(read, np.full(256, lowest))


def falsify_quant_mixes_are_those_of_llama_quantize(falsifier):
    found = goldens(falsifier.params, "llama_mixes.npz")
    assert len(found.files) == falsifier.params["files"]
    for file in found:
        name, mix = file.split("/")
        model = MODELS[name]
        shapes = model.shapes()
        types = tensor_types(mix, shapes, model.architecture)
        expected = dict(zip(shapes, found[file].tolist(), strict=True))
        assert {tensor: kind.id for tensor, kind in types.items()} == expected, file
