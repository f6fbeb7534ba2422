"""Tiny models whose tensors get types: what a falsifier and the script that made the goldens share.

It imports nothing from aprender.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """One model, in GGUF's words."""

    architecture: str = "llama"
    layers: int = 12
    columns: int = 256
    inner: int = 512
    heads: int = 4
    kv_heads: int = 2
    vocabulary: int = 8
    tied: bool = False

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Tensors under GGUF's names, the contiguous axis last."""
        keys = self.columns // self.heads * self.kv_heads
        shapes: dict[str, tuple[int, ...]] = {
            "token_embd.weight": (self.vocabulary, self.columns),
            "output_norm.weight": (self.columns,),
            "rope_freqs.weight": (self.columns // self.heads // 2,),
        }
        if not self.tied:
            shapes["output.weight"] = (self.vocabulary, self.columns)
        for layer in range(self.layers):
            for name, shape in {
                "attn_norm.weight": (self.columns,),
                "attn_q.weight": (self.columns, self.columns),
                "attn_q.bias": (self.columns,),
                "attn_k.weight": (keys, self.columns),
                "attn_v.weight": (keys, self.columns),
                "attn_output.weight": (self.columns, self.columns),
                "ffn_norm.weight": (self.columns,),
                "ffn_gate.weight": (self.inner, self.columns),
                "ffn_up.weight": (self.inner, self.columns),
                "ffn_down.weight": (self.columns, self.inner),
            }.items():
                shapes[f"blk.{layer}.{name}"] = shape
        return shapes


MODELS = {
    "llama": Model(),
    "qwen2-tied": Model("qwen2", tied=True),
    "qwen3-of-30-layers": Model("qwen3", layers=30),
    "one-layer": Model(layers=1),
    "seven-layers": Model(layers=7),
    "rows-of-96": Model(layers=2, columns=96, inner=256, tied=True),
    "rows-of-80": Model(layers=2, columns=80, inner=160),
    "one-token": Model(layers=2, vocabulary=1),
    "llama-of-80-layers": Model(layers=80, columns=32, inner=256),
    "wide-llama-of-80-layers": Model(layers=80, columns=256, inner=256, heads=2, kv_heads=1),
    "llama-of-80-layers-ungrouped": Model(layers=80, columns=256, inner=256, kv_heads=4),
    "qwen2-of-80-layers-ungrouped": Model("qwen2", 80, inner=256, kv_heads=4),
    "qwen3-of-80-layers": Model("qwen3", 80, inner=256),
}
