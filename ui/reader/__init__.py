"""The reader: a cited page with its quote highlighted."""
