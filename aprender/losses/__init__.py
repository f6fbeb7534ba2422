"""Loss functions: pure functions of logits and labels, without parameters or state."""
