"""Collections: named groups of folders that a chat can be limited to."""
