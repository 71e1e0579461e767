"""The data folder as a whole: had alone, and its files exchanged in one step."""
