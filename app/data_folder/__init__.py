"""The data folder as a whole: exclusive access, and atomic replacement of its files."""
