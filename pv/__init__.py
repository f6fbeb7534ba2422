"""pv: contracts for numerical software, bound to tests that are shown to be able to fail."""

__version__ = "0.1.0"
