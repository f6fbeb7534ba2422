"""Tensors of a decoder under Hugging Face's names, and their [out, in] shapes.

`tensor_shapes` is the one declaration: counts, loaders and writers derive from it.
"""

from __future__ import annotations

from math import prod

from aprender.config.transformer import TransformerConfig

Shapes = dict[str, tuple[int, ...]]

EMBEDDING = "model.embed_tokens.weight"
HEAD = "lm_head.weight"
LAYER_PREFIX = "model.layers.{layer}."


def tensor_shapes(config: TransformerConfig) -> Shapes:
    """Every tensor of the model; a tied head is the embedding, and has no tensor of its own."""
    table = (config.vocab_size, config.hidden_size)
    shapes: Shapes = {EMBEDDING: table}
    of_layer = layer_tensor_shapes(config)
    for layer in range(config.num_hidden_layers):
        prefix = LAYER_PREFIX.format(layer=layer)
        shapes |= {prefix + name: shape for name, shape in of_layer.items()}
    shapes["model.norm.weight"] = (config.hidden_size,)
    if not config.tie_word_embeddings:
        shapes[HEAD] = table
    return shapes


def layer_tensor_shapes(config: TransformerConfig) -> Shapes:
    """Tensors of one layer, under their names behind its prefix."""
    hidden, inner = config.hidden_size, config.intermediate_size
    queries = config.num_attention_heads * config.head_dim
    keys = config.num_key_value_heads * config.head_dim
    shapes: Shapes = {"input_layernorm.weight": (hidden,)}
    for name, width in (("q", queries), ("k", keys), ("v", keys)):
        shapes[f"self_attn.{name}_proj.weight"] = (width, hidden)
        if config.attention_bias:
            shapes[f"self_attn.{name}_proj.bias"] = (width,)
    if config.qk_norm:
        shapes["self_attn.q_norm.weight"] = (config.head_dim,)
        shapes["self_attn.k_norm.weight"] = (config.head_dim,)
    shapes["self_attn.o_proj.weight"] = (hidden, queries)
    if config.attention_output_bias:
        shapes["self_attn.o_proj.bias"] = (hidden,)
    shapes["post_attention_layernorm.weight"] = (hidden,)
    shapes["mlp.gate_proj.weight"] = (inner, hidden)
    shapes["mlp.up_proj.weight"] = (inner, hidden)
    shapes["mlp.down_proj.weight"] = (hidden, inner)
    return shapes


def parameter_count(config: TransformerConfig) -> int:
    """Numbers in all tensors; those of a tied head are counted once, as the embedding."""
    return sum(prod(shape) for shape in tensor_shapes(config).values())
