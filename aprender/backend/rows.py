"""Which models parity has to be shown for: one of each kind that computes in its own way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from aprender.config import TransformerConfig


class Row(NamedTuple):
    """What makes one model's kernels another's; parity for one row says nothing of another."""

    architecture: str
    is_tied: bool
    has_bias: bool
    head_dim: int


def parity_rows(configs: Iterable[TransformerConfig]) -> dict[Row, TransformerConfig]:
    """The first configuration of each row, in their order: derived from them, never typed."""
    rows: dict[Row, TransformerConfig] = {}
    for config in configs:
        row = Row(
            config.architecture,
            config.tie_word_embeddings,
            config.attention_bias,
            config.head_dim,
        )
        rows.setdefault(row, config)
    return rows
