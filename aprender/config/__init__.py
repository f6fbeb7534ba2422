"""What a decoder computes, as numbers: its configuration, named shapes and tensors.

The lowest layer: standard library only.
"""

from aprender.config.transformer import RopeScaling, TransformerConfig

__all__ = ["RopeScaling", "TransformerConfig"]
