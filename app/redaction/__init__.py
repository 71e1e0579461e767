"""Finds personal data in a text, and replaces it by placeholders that can be restored.

`find` finds it, `Placeholders` replaces it, and `Restorer` restores it in a streamed reply.
"""
