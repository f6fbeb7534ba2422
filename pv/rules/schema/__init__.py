"""Rules about one contract: what its entries must say, and what they may not say twice."""
