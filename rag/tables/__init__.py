"""Questions that a table answers by computing: sums, averages, the highest, how many.

A language model writes one query, in a form that a grammar enforces; SQLite computes it over the
indexed rows. The model never does the arithmetic. Start with `question` (can it be computed?), then
`prompt`, `query` and `engine`.
"""
