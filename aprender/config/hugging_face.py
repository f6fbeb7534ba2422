"""TransformerConfig from and to Hugging Face's config.json.

Nothing is filled in: the ten keys of FALSIFY-APR-PRETRAIN-ARCH-003, `architectures`, `model_type`,
`hidden_act` and, where the family does not decide it, `attention_bias` have to be there, and so do
Mistral's `sliding_window` and Qwen's `use_sliding_window`. What may be absent: `head_dim`, for then
a head has hidden_size / num_attention_heads (not in Qwen3, whose class takes 128), any scaling, for
then RoPE is plain, and what has no effect. Older files leave out more: Llama 2's have neither
`rope_theta` nor `attention_bias`, and the caller states them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from os import PathLike

from aprender.config.checks import choice, count, refuse
from aprender.config.encoders import refuse_encoders
from aprender.config.family import FAMILIES, Family
from aprender.config.rope import read_scaling, read_theta, write_scaling
from aprender.config.source import Source, open_source, with_stated
from aprender.config.transformer import TransformerConfig
from aprender.config.window import SWITCH_KEYS, read_window, write_window

ACTIVATION = "silu"

COPIED = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "max_position_embeddings",
    "rms_norm_eps",
    "tie_word_embeddings",
)
"""Keys that are required and mean what the field of their name means."""

INTERPRETED = frozenset(
    "architectures model_type hidden_act head_dim rope_theta rope_scaling rope_parameters "
    "attention_bias sliding_window layer_types".split()
)

NEUTRAL: dict[str, object] = {
    "add_cross_attention": False,
    "attn_logit_softcapping": None,
    "auto_map": None,
    "clip_qkv": None,
    "cross_attention_hidden_size": None,
    "final_logit_softcapping": None,
    "is_encoder_decoder": False,
    "mlp_bias": False,
    "partial_rotary_factor": 1.0,
    "pruned_heads": {},
    "quantization_config": None,
    "tie_encoder_decoder": False,
    "use_mrope": False,
}
"""Keys that would change the result, with the one value that does not."""

HARMLESS = frozenset(
    "_attn_implementation _attn_implementation_autoset _name_or_path attention_dropout "
    "bos_token_id chunk_size_feed_forward dtype eos_token_id finetuning_task id2label "
    "initializer_range is_decoder label2id name_or_path num_labels output_attentions "
    "output_hidden_states pad_token_id pretraining_tp problem_type return_dict sep_token_id "
    "task_specific_params tokenizer_class torch_dtype torchscript transformers_version "
    "unk_token_id use_bfloat16 use_cache".split()
)
"""Keys that change no logit of given weights: token ids, dropout, storage, what is returned."""


def from_hugging_face(
    source: Mapping[str, object] | str | PathLike[str], stated: Mapping[str, object] | None = None
) -> TransformerConfig:
    """The configuration in a config.json, given by its path or as the object that it holds.

    `stated` holds keys that the file leaves out; one that says otherwise than the file is refused.
    ValueError names the file, the key, its value and the rule; OSError is the file's.
    """
    written = open_source(source)
    with written.named():
        return read(with_stated(written, stated or {}))


def decoder_type(written: Source) -> str:
    """The model type; an encoder is refused by its family and class, what is unknown by name."""
    refuse_encoders(stamps(written))
    return choice("model_type", written.required("model_type"), FAMILIES)


def stamps(written: Source) -> list[str]:
    """The names that a file gives to its architecture, in so far as they are text."""
    classes = written.optional("architectures")
    listed = classes if isinstance(classes, list) else [classes]
    return [name for name in (*listed, written.optional("model_type")) if isinstance(name, str)]


def read(written: Source) -> TransformerConfig:
    """The configuration that the keys describe, where they are known and say enough."""
    model_type = decoder_type(written)
    family = FAMILIES[model_type]
    check_keys(written, family)
    copied = {key: written.required(key) for key in COPIED}
    return TransformerConfig(
        model_type=model_type,
        head_dim=read_head_dim(written, family),  # type: ignore[arg-type]
        rope_theta=read_theta(written),  # type: ignore[arg-type]
        rope_scaling=read_scaling(written),
        attention_bias=read_bias(written, family),  # type: ignore[arg-type]
        sliding_window=read_window(written, family),  # type: ignore[arg-type]
        **copied,  # type: ignore[arg-type]
    )


def check_keys(written: Source, family: Family) -> None:
    """Refuse a key that is not known, and one whose value is not modelled."""
    switches = SWITCH_KEYS if family.has_window_switch else ()
    known = {*COPIED, *INTERPRETED, *NEUTRAL, *HARMLESS, *switches}
    for key, value in written.keys.items():
        if key not in known:
            refuse(
                f"{key} = {value!r} is not a known key of {family.architecture}: it may change the "
                "result"
            )
        if key in NEUTRAL and value != NEUTRAL[key]:
            refuse(
                f"{key} = {value!r} changes the result and is not modelled; only {NEUTRAL[key]!r} "
                "is"
            )
    if (activation := written.required("hidden_act")) != ACTIVATION:
        refuse(f"hidden_act = {activation!r} is not {ACTIVATION}")
    if (classes := written.required("architectures")) != [family.architecture]:
        refuse(f"architectures = {classes!r} is not [{family.architecture!r}]")


def read_head_dim(written: Source, family: Family) -> object:
    """The width of a head, which may be left out where it is hidden_size / num_attention_heads."""
    if family.class_has_head_dim:
        return written.required("head_dim")
    if (head_dim := written.optional("head_dim")) is not None:
        return head_dim
    hidden, heads = (count(k, written.required(k)) for k in ("hidden_size", "num_attention_heads"))
    if hidden % heads != 0:
        refuse(
            f"hidden_size = {hidden} is not a multiple of num_attention_heads = {heads}, and there "
            "is no head_dim"
        )
    return hidden // heads


def read_bias(written: Source, family: Family) -> object:
    """Whether q, k and v have a bias, from the family where it decides that."""
    if family.attention_bias is None:
        return written.required("attention_bias")
    return written.keys.get("attention_bias", family.attention_bias)


def to_hugging_face(config: TransformerConfig) -> dict[str, object]:
    """The object of a config.json that transformers 4 and 5 and `from_hugging_face` read alike."""
    fields = asdict(config)
    keys = {key: fields[key] for key in (*COPIED, "model_type", "head_dim", "rope_theta")}
    keys |= {"architectures": [config.architecture], "hidden_act": ACTIVATION}
    keys["rope_scaling"] = write_scaling(config.rope_scaling)
    if config.family.attention_bias is None:
        keys["attention_bias"] = config.attention_bias
    return keys | write_window(config.family, config.sliding_window)
