"""The distillation pipeline under Hugging Face conventions: [B, T, V] logits, labels of -100."""
