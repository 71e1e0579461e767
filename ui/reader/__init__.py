"""The reader: shows a document with the quoted words highlighted."""
