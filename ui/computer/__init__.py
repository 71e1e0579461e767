"""The page about this computer: what computes the language model, how fast, and why."""
