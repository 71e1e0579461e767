"""The library page: folders, files and their status."""
