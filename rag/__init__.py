"""Private retrieval: from files to an index, from a question to cited passages.

Knows nothing of windows, processes or networks. What it needs from outside (an embedder, a vector
index, a parser) it states as ports in `rag.ports`.
"""
