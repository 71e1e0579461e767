"""Tables of specialists: rows with their quotes, corrections, and what was learned from them."""
