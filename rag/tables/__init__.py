"""Questions that a table answers by computing: sums, averages, the highest, how many.

A language model writes one query in a form that a grammar holds it to; SQLite computes it over the
rows that were indexed. The model never does the arithmetic.
"""
