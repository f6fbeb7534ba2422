"""Rules: one a file, each with its code, its reason, and an example that it must flag."""
