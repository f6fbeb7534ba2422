"""Falsifiers of contracts/llama-370m-sovereign-v1.yaml: the model that is trained from scratch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aprender.config.shapes import llama_370m


def untied(config):
    return replace(config, tie_word_embeddings=False)


def falsify_inv_arch_370m_001_counts_are_exact(implementation, falsifier):
    params = falsifier.params
    config = llama_370m()
    older = replace(config, vocab_size=params["older_vocabulary"])
    assert implementation(config=config) == params["parameters"]
    assert implementation(config=untied(config)) == params["untied"]
    assert implementation(config=older) == params["older_parameters"]
    assert implementation(config=untied(older)) == params["older_untied"]


def falsify_inv_arch_370m_002_heads_share_hidden_states_out(falsifier):
    config = llama_370m()
    assert config.head_dim == falsifier.params["head_dim"]
    assert config.num_attention_heads * config.head_dim == config.hidden_size


def falsify_inv_arch_370m_003_key_heads_divide_query_heads(falsifier):
    config = llama_370m()
    heads, group = falsifier.params["heads"], falsifier.params["group"]
    assert config.num_attention_heads == heads
    assert config.num_key_value_heads * group == heads
    for keys in falsifier.params["refused"]:
        with pytest.raises(ValueError, match=f"= {heads} is not a multiple of .* = {keys} "):
            replace(config, num_key_value_heads=keys)


def falsify_inv_arch_370m_004_embedding_and_head_are_one(implementation):
    config = llama_370m()
    assert config.tie_word_embeddings is True
    tensors = implementation(config=config)
    assert all(size > 0 for shape in tensors.values() for size in shape)
    assert "lm_head.weight" not in tensors
    head = {"lm_head.weight": tensors["model.embed_tokens.weight"]}
    assert implementation(config=untied(config)) == tensors | head


def falsify_inv_arch_370m_005_base_of_rope_is_ten_thousand(falsifier):
    config = llama_370m()
    assert config.rope_theta == falsifier.params["rope_theta"]
    assert config.rope_scaling is None


def falsify_inv_arch_370m_008_there_is_no_bias(implementation):
    config = llama_370m()
    assert config.attention_bias is False
    assert config.attention_output_bias is False
    tensors = implementation(config=config)
    for name in ("q", "o"):
        square = tensors[f"model.layers.0.self_attn.{name}_proj.weight"]
        assert square == (config.hidden_size, config.hidden_size)
    assert [name for name in tensors if name.endswith(".bias")] == []


def falsify_inv_arch_370m_009_embedding_is_vocab_by_hidden(implementation, falsifier):
    table = (falsifier.params["vocabulary"], falsifier.params["hidden"])
    tensors = implementation(config=untied(llama_370m()))
    assert tensors["model.embed_tokens.weight"] == table
    assert tensors["lm_head.weight"] == table
