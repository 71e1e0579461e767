"""The examples that are not plain text, one module each."""
