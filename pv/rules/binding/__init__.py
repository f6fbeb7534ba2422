"""Rules about the tie between falsifiers and tests."""
