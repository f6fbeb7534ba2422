"""Checkpoints: what is trained is what the files say, and what they contradict is refused."""
