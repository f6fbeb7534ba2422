"""Tensors that Hugging Face's decoders hold, from the keys of their config.json."""

from __future__ import annotations

ROWS = """
model.embed_tokens.weight                              vocab hidden
model.layers.{}.input_layernorm.weight                 hidden
model.layers.{}.self_attn.q_proj.weight                query hidden
model.layers.{}.self_attn.k_proj.weight                key   hidden
model.layers.{}.self_attn.v_proj.weight                key   hidden
model.layers.{}.self_attn.o_proj.weight                hidden query
model.layers.{}.self_attn.q_proj.bias      q_bias      query
model.layers.{}.self_attn.k_proj.bias      q_bias      key
model.layers.{}.self_attn.v_proj.bias      q_bias      key
model.layers.{}.self_attn.o_proj.bias      o_bias      hidden
model.layers.{}.self_attn.q_norm.weight    qk_norm     head
model.layers.{}.self_attn.k_norm.weight    qk_norm     head
model.layers.{}.post_attention_layernorm.weight        hidden
model.layers.{}.mlp.gate_proj.weight                   inner hidden
model.layers.{}.mlp.up_proj.weight                     inner hidden
model.layers.{}.mlp.down_proj.weight                   hidden inner
model.norm.weight                                      hidden
lm_head.weight                             untied      vocab hidden
"""


def decoder_tensors(keys: dict) -> dict[str, tuple[int, ...]]:
    """Every name and its [out, in] shape; `head_dim` and `attention_bias` are read, not guessed."""
    head, heads = keys["head_dim"], keys["num_attention_heads"]
    sizes = {
        "vocab": keys["vocab_size"],
        "hidden": keys["hidden_size"],
        "inner": keys["intermediate_size"],
        "head": head,
        "query": heads * head,
        "key": keys["num_key_value_heads"] * head,
    }
    bias, model_type = keys["attention_bias"], keys["model_type"]
    holds = {
        "q_bias": bias,
        "o_bias": bias and model_type in ("llama", "qwen3"),
        "qk_norm": model_type == "qwen3",
        "untied": not keys["tie_word_embeddings"],
    }
    tensors = {}
    for row in ROWS.strip().splitlines():
        name, *rest = row.split()
        if rest[0] in holds and not holds[rest.pop(0)]:
            continue
        layers = range(keys["num_hidden_layers"]) if "{}" in name else range(1)
        shape = tuple(sizes[size] for size in rest)
        tensors |= {name.format(layer): shape for layer in layers}
    return tensors
