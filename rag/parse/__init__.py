"""Files of each format to text with positions.

Everything here runs in the parse worker: files are untrusted. Start with `dispatch`, which picks
the parser: each format has a module with a `parse(source)` that returns a `ParsedDocument` or
raises `ParseProblem`. The library that a format needs is imported when the first such file comes.
"""

from rag.parse.dispatch import content_hash, hash_of, parse_file

__all__ = ["content_hash", "hash_of", "parse_file"]
