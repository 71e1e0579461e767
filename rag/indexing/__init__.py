"""Keeping the library in step with the disk."""
