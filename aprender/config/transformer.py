"""TransformerConfig: all that decides what a decoder-only transformer computes."""

from __future__ import annotations

from dataclasses import dataclass, fields

from aprender.config.checks import choice, count, flag, positive, refuse
from aprender.config.family import FAMILIES, Family


@dataclass(frozen=True, slots=True, kw_only=True)
class RopeScaling:
    """Llama 3's stretched RoPE: low frequencies divided by `factor`, high ones kept.

    Wavelengths above original_max_position_embeddings / low_freq_factor are stretched, those below
    original_max_position_embeddings / high_freq_factor are not, and between them it is a blend.
    """

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_max_position_embeddings: int

    def __post_init__(self) -> None:
        """ValueError names the field, its value and the rule."""
        for name in ("factor", "low_freq_factor", "high_freq_factor"):
            number = positive(f"rope_scaling.{name}", getattr(self, name))
            object.__setattr__(self, name, number)
        name = "original_max_position_embeddings"
        count(f"rope_scaling.{name}", self.original_max_position_embeddings)
        if self.factor < 1:
            refuse(f"rope_scaling.factor = {self.factor} is below 1")
        if self.low_freq_factor >= self.high_freq_factor:
            refuse(
                f"rope_scaling.low_freq_factor = {self.low_freq_factor} is not below "
                f"high_freq_factor = {self.high_freq_factor}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerConfig:
    """A decoder: RMSNorm, RoPE, grouped-query attention, SwiGLU. No field has a default.

    Fields have Hugging Face's names and meanings. `attention_bias` is that of q, k and v;
    `rope_scaling` None is plain RoPE; `sliding_window` None is attention to all earlier positions,
    a number is the window of every layer.

    ValueError names the field, its value and the rule.
    """

    model_type: str
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope_theta: float
    rope_scaling: RopeScaling | None
    tie_word_embeddings: bool
    attention_bias: bool
    sliding_window: int | None

    def __post_init__(self) -> None:
        """Check every field alone, then those that depend on one another."""
        choice("model_type", self.model_type, FAMILIES)
        for name in COUNTS:
            count(name, getattr(self, name))
        for name in ("rms_norm_eps", "rope_theta"):
            object.__setattr__(self, name, positive(name, getattr(self, name)))
        for name in ("tie_word_embeddings", "attention_bias"):
            flag(name, getattr(self, name))
        if not isinstance(self.rope_scaling, RopeScaling | None):
            refuse(f"rope_scaling = {self.rope_scaling!r} is neither a RopeScaling nor None")
        if self.sliding_window is not None:
            count("sliding_window", self.sliding_window)
        self._check_heads()
        self._check_family()

    def _check_heads(self) -> None:
        if self.num_attention_heads % self.num_key_value_heads != 0:
            refuse(
                f"num_attention_heads = {self.num_attention_heads} is not a multiple of "
                f"num_key_value_heads = {self.num_key_value_heads}"
            )
        if self.head_dim % 2 != 0:
            refuse(f"head_dim = {self.head_dim} is odd: RoPE turns pairs")

    def _check_family(self) -> None:
        fixed = self.family.attention_bias
        if fixed is not None and self.attention_bias is not fixed:
            refuse(
                f"attention_bias = {self.attention_bias}, and it is always {fixed} in "
                f"{self.architecture}"
            )
        if self.sliding_window is not None and not self.family.has_sliding_window:
            refuse(
                f"sliding_window = {self.sliding_window}, and {self.architecture} has none: "
                "it attends to all earlier positions"
            )

    @property
    def family(self) -> Family:
        """What the model type decides by itself."""
        return FAMILIES[self.model_type]

    @property
    def architecture(self) -> str:
        """Hugging Face's class with the language-model head."""
        return self.family.architecture

    @property
    def attention_output_bias(self) -> bool:
        """Whether the o projection has a bias: with `attention_bias` in Llama and Qwen3 alone."""
        return self.attention_bias and self.family.bias_reaches_output

    @property
    def qk_norm(self) -> bool:
        """Whether queries and keys are normalised per head, before RoPE."""
        return self.family.qk_norm


COUNTS = tuple(field.name for field in fields(TransformerConfig) if field.type == "int")
"""Fields that are integers of at least 1."""
