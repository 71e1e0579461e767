"""Specialists: narrow jobs done over many documents, with a quote behind every result.

`definition` is what a specialist's file says; it depends on nothing else here.
"""
