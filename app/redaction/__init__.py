"""Finds what tells of a person in a text, and replaces it by placeholders that can be put back.

`find` says what is there, `Placeholders` replaces it, and `Restorer` puts it back into a reply that
is streamed.
"""
