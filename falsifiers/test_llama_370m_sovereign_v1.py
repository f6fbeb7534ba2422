"""Falsifiers of contracts/llama-370m-sovereign-v1.yaml: the model that is trained from scratch."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from aprender.checkpoint.architecture import read_architecture
from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.hugging_face import SINGLE, load_init_tensors
from aprender.checkpoint.populate import populate
from aprender.checkpoint.save import save_hugging_face
from aprender.checkpoint.vocabulary import preflight_tokenizer_vocab_matches_target as preflight
from aprender.config.shapes import llama_370m
from aprender.nn.initial import initial_parameters
from aprender.nn.layout import to_tensors
from aprender.nn.transformer import forward
from aprender.tokenize.fingerprint import read_vocabulary
from falsifiers import tiny_tokenizers


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


def falsify_inv_arch_370m_004_file_embedding_and_head_are_one_in_a_file(falsifier, tmp_path):
    params = falsifier.params
    config, tokens_BT = small(params)
    new = jax.jit(initial_parameters, static_argnums=(0, 1))(config, params["seed"])
    copies = {"tied": (config, new), "untied": (untied(config), {**new, "head": new["embedding"]})}
    logits = {}
    for name, (written, parameters) in copies.items():
        save_hugging_face(tmp_path / name, parameters, written)
        assert read_architecture(tmp_path / name) == written
        tensors = load_file(tmp_path / name / SINGLE)
        assert ("lm_head.weight" in tensors) is (name == "untied")
        assert min(array.size for array in tensors.values()) > 0
        loaded = populate(written, load_init_tensors(tmp_path / name))
        logits[name] = np.asarray(jax.jit(forward, static_argnums=0)(written, loaded, tokens_BT))
    assert logits["tied"].tobytes() == logits["untied"].tobytes()

    tied = load_file(tmp_path / "tied" / SINGLE)
    embedding = tied["model.embed_tokens.weight"]
    for head in (embedding[:0], embedding + np.float32(params["difference"])):
        save_file({**tied, "lm_head.weight": head}, tmp_path / "tied" / SINGLE)
        with pytest.raises(CheckpointError, match=r"lm_head\.weight"):
            populate(config, load_init_tensors(tmp_path / "tied"))
    save_file(tied, tmp_path / "untied" / SINGLE)
    with pytest.raises(CheckpointError, match=r"missing \(1\): lm_head\.weight"):
        populate(untied(config), load_init_tensors(tmp_path / "untied"))


def falsify_inv_arch_370m_005_base_of_rope_is_ten_thousand(falsifier):
    config = llama_370m()
    assert config.rope_theta == falsifier.params["rope_theta"]
    assert config.rope_scaling is None


def falsify_inv_arch_370m_006_vocabulary_is_the_tokenizers(falsifier, tmp_path):
    params, target = falsifier.params, llama_370m()

    tokens, merges = tiny_tokenizers.byte_level(params["merges"])

    def written(pairs):
        sentinel = {params["sentinel"]: len(tokens)}
        return read_vocabulary(
            tiny_tokenizers.write_tokenizer_json(tmp_path, tokens, pairs, sentinel)
        )

    tokenizer = written(merges)
    assert tokenizer.entries == target.vocab_size == params["entries"]
    preflight(tokenizer, target, has_init=False)
    preflight(tokenizer, target, has_init=True, stamped=tokenizer.fingerprint)
    for entries in (tokenizer.entries - 1, tokenizer.entries + 1):
        other = replace(tokenizer, entries=entries, largest_id=entries - 1)
        with pytest.raises(ValueError, match=rf"STRICT.* {entries} .* {target.vocab_size} .*-006"):
            preflight(other, target, has_init=False)
    reordered = written(merges[::-1])
    assert reordered.entries == tokenizer.entries
    with pytest.raises(ValueError, match=f"{reordered.fingerprint}.*{tokenizer.fingerprint}"):
        preflight(reordered, target, has_init=True, stamped=tokenizer.fingerprint)


def small(params):
    """A configuration of the same family, and tokens [B, T] for it."""
    config = replace(
        llama_370m(),
        vocab_size=params["vocabulary"],
        hidden_size=params["hidden"],
        intermediate_size=params["inner"],
        head_dim=params["head_dim"],
        num_attention_heads=params["heads"],
        num_key_value_heads=1,
        num_hidden_layers=params["layers"],
    )
    assert config.hidden_size == config.num_attention_heads * config.head_dim
    rng = np.random.default_rng(params["seed"])
    return config, rng.integers(0, config.vocab_size, (2, params["length"]))


def falsify_inv_arch_370m_007_gate_and_up_are_two_matrices(falsifier):
    params = falsifier.params
    config, tokens_BT = small(params)

    def loss(parameters):
        log_q_BTV = jax.nn.log_softmax(forward(config, parameters, tokens_BT)[:, :-1])
        return -jnp.mean(jnp.take_along_axis(log_q_BTV, tokens_BT[:, 1:, None], axis=-1))

    new = jax.jit(initial_parameters, static_argnums=(0, 1))(config, params["seed"])
    slopes = jax.jit(jax.grad(loss))(new)
    trained = jax.tree.map(lambda weight, slope: weight - params["rate"] * slope, new, slopes)
    before, after = (to_tensors(jax.device_get(tree), config) for tree in (new, trained))
    for layer in range(config.num_hidden_layers):
        gate, up = (f"model.layers.{layer}.mlp.{name}_proj.weight" for name in ("gate", "up"))
        for tensors in (before, after):
            assert (tensors[gate] != tensors[up]).any()
        for name in (gate, up):
            assert (before[name] != after[name]).any()


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
