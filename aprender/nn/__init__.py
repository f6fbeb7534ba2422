"""The network's functions: norm, positions, masks, attention and feed-forward, without state."""
