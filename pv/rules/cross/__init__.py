"""Rules that look across contracts, code and tests."""
