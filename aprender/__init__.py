"""Language models in JAX: distil, fine-tune, quantise and export them."""
