"""Documents to chunks that fit the embedder's tokens.

Start with `chunk`, which follows a document's blocks; `split` cuts a text that is too long.
"""
