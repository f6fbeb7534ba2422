"""Tiny random checkpoints, one for each feature of a decoder: the same numbers wherever made.

They are configurations as Hugging Face writes them, and tensors under its names. Both the script
that makes the golden logits and the falsifiers that compare with them take them from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

VOCABULARY = 40
BATCH, LENGTH = 2, 12

_COMMON: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 128,
    "rms_norm_eps": 1e-5,
    "rope_theta": 1e4,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
}
_LLAMA = _COMMON | {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "attention_bias": False,
    "head_dim": 4,
}
_QWEN2 = _COMMON | {
    "model_type": "qwen2",
    "architectures": ["Qwen2ForCausalLM"],
    "use_sliding_window": False,
}
_QWEN3 = _COMMON | {
    "model_type": "qwen3",
    "architectures": ["Qwen3ForCausalLM"],
    "attention_bias": False,
    "head_dim": 6,
    "use_sliding_window": False,
}
_MISTRAL = _COMMON | {
    "model_type": "mistral",
    "architectures": ["MistralForCausalLM"],
    "head_dim": 4,
    "sliding_window": 4,
}
_SEVEN = {"num_attention_heads": 7, "num_key_value_heads": 1, "hidden_size": 28}
_STRETCHED = {
    "rope_scaling": {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    },
    "head_dim": 8,
}

CONFIGS: dict[str, dict[str, Any]] = {
    "llama": _LLAMA,
    "llama-tied-grouped": _LLAMA | {"num_key_value_heads": 2, "tie_word_embeddings": True},
    "llama-one-key-head": _LLAMA | {"num_key_value_heads": 1},
    "llama-seven-to-one": _LLAMA | _SEVEN,
    "llama-bias": _LLAMA | {"attention_bias": True, "num_key_value_heads": 2},
    "llama-wide-heads": _LLAMA | {"head_dim": 10, "num_key_value_heads": 2},
    "llama-3-scaling": _LLAMA | _STRETCHED,
    "qwen2": _QWEN2 | {"num_key_value_heads": 2, "rope_theta": 1e6},
    "qwen2-tied-seven-to-one": _QWEN2 | _SEVEN | {"tie_word_embeddings": True},
    "qwen3": _QWEN3 | {"num_key_value_heads": 2},
    "qwen3-tied-bias": _QWEN3 | {"attention_bias": True, "tie_word_embeddings": True},
    "mistral-window": _MISTRAL | {"num_key_value_heads": 2},
}


def tensors(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.float64]]:
    """A value for each name and shape: large enough that every feature shows in the logits."""
    return {name: _tensor(name, shape) for name, shape in shapes.items()}


def _tensor(name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    values = np.random.default_rng(crc32(name.encode())).standard_normal(shape)
    if "norm" in name:
        return 1 + values / 4
    return values / 2 if name.endswith("bias") else values * (2 / shape[-1]) ** 0.5


def tokens() -> NDArray[np.int64]:
    """Ids [B, T] of every model."""
    return np.random.default_rng(LENGTH).integers(0, VOCABULARY, (BATCH, LENGTH))
