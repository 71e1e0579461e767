"""The doctor, repair, backup and restore."""
