"""The library page: folders, files and what became of each."""
