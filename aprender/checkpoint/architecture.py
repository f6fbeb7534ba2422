"""Which architecture is trained: that of the checkpoint, or without one the 370M model.

Nothing of it is guessed, and nothing that is stated besides may differ from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from os import PathLike, fspath
from pathlib import Path

from aprender.config import TransformerConfig
from aprender.config.checks import count, refuse
from aprender.config.hugging_face import decoder_type, from_hugging_face
from aprender.config.shapes import llama_370m
from aprender.config.source import open_source

CONFIG = "config.json"
PAIR_GUARD = "FALSIFY-APR-PRETRAIN-ARCH-002"
FIELDS_GUARD = "FALSIFY-APR-PRETRAIN-ARCH-003"
LENGTH_GUARD = "FALSIFY-APR-PRETRAIN-ARCH-003-LENGTH"


def read_architecture(
    path: str | PathLike[str], stated: Mapping[str, object] | None = None
) -> TransformerConfig:
    """The configuration of a Hugging Face checkpoint: its directory, or its config.json.

    `stated` holds keys that the file leaves out, as for `from_hugging_face`. A ValueError or an
    OSError names the file and the falsifier.
    """
    return from_hugging_face(config_json(path), stated)


def validate_pretrain_init_arch_compatible(
    source: Mapping[str, object] | str | PathLike[str],
) -> None:
    """Refuse a checkpoint whose model is no decoder that is known here.

    `source` is a directory, a config.json or the object in one; only its stamps are read. The
    ValueError for an encoder names its family and Hugging Face's class.
    """
    written = open_source(source if isinstance(source, Mapping) else config_json(source))
    with written.named():
        decoder_type(written)


def build_transformer_config(
    init: str | PathLike[str] | None = None,
    config: TransformerConfig | None = None,
    *,
    stated: Mapping[str, object] | None = None,
    seq_length: int | None = None,
    vocab_size: int | None = None,
) -> TransformerConfig:
    """The configuration to train: `llama_370m` without a checkpoint, the checkpoint's with one.

    `init` is the checkpoint, and `config` what was read from it (by `read_architecture`, with the
    same `stated`): one without the other is refused, and a difference between them by its fields.
    A `vocab_size` has to be the configuration's own, a `seq_length` at most its
    max_position_embeddings. Only the file is read, and nothing is allocated.
    """
    chosen = _llama_370m_or(init, config, stated)
    where = "llama_370m" if init is None else fspath(init)
    if vocab_size is not None and count("vocab_size", vocab_size) != chosen.vocab_size:
        refuse(
            f"{where}: vocab_size = {vocab_size} is asked for, and the model has "
            f"{chosen.vocab_size}",
            FIELDS_GUARD,
        )
    if seq_length is not None and count("seq_length", seq_length) > chosen.max_position_embeddings:
        refuse(
            f"{where}: seq_length = {seq_length} is above max_position_embeddings = "
            f"{chosen.max_position_embeddings}",
            LENGTH_GUARD,
        )
    return chosen


def _llama_370m_or(
    init: str | PathLike[str] | None,
    config: TransformerConfig | None,
    stated: Mapping[str, object] | None,
) -> TransformerConfig:
    """The checkpoint's configuration where both or neither of it and its file are given."""
    if init is None and (config is not None or stated):
        refuse("a configuration is given without the checkpoint that it is of", PAIR_GUARD)
    if init is None:
        return llama_370m()
    if config is None:
        refuse(f"{fspath(init)} is given without the configuration that was read", PAIR_GUARD)
    written = read_architecture(init, stated)
    differing = [
        f"{field.name} = {getattr(config, field.name)!r} for {getattr(written, field.name)!r}"
        for field in fields(written)
        if getattr(config, field.name) != getattr(written, field.name)
    ]
    if differing:
        refuse(
            f"{fspath(init)}: the configuration differs from the file: {', '.join(differing)}",
            FIELDS_GUARD,
        )
    return written


def config_json(path: str | PathLike[str]) -> Path:
    """The config.json of a directory; what is no directory stands for itself."""
    path = Path(path)
    return path / CONFIG if path.is_dir() else path
