"""Blocks of quantised weights as GGML has them: made, read, and chosen for each tensor of a model.

`quantize` and `dequantize` are NumPy and exact to the byte; `aprender.quant.jitted` has both for
JAX.
"""

from aprender.quant.exact import dequantize, quantize, quantize_to_gguf_bytes

__all__ = ["dequantize", "quantize", "quantize_to_gguf_bytes"]
