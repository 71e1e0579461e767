"""The library in SQLite, the one truth."""
