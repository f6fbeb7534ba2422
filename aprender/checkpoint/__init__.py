"""Checkpoints: what is trained is what the files say, and what they contradict is refused."""

from aprender.checkpoint.architecture import (
    build_transformer_config,
    read_architecture,
    validate_pretrain_init_arch_compatible,
)
from aprender.checkpoint.error import CheckpointError
from aprender.checkpoint.hugging_face import load_init_tensors
from aprender.checkpoint.populate import populate
from aprender.checkpoint.save import save_hugging_face
from aprender.checkpoint.stamp import stamped_fingerprint
from aprender.checkpoint.start import starting_parameters
from aprender.checkpoint.vocabulary import preflight_tokenizer_vocab_matches_target

__all__ = [
    "CheckpointError",
    "build_transformer_config",
    "load_init_tensors",
    "populate",
    "preflight_tokenizer_vocab_matches_target",
    "read_architecture",
    "save_hugging_face",
    "stamped_fingerprint",
    "starting_parameters",
    "validate_pretrain_init_arch_compatible",
]
