"""Golden values by other software, and the scripts that made them."""
