"""Questions that a table answers by computing: sums, averages, the highest, how many.

The words of a question settle most plans (`reading`, `match`). Where they leave a doubt, a language
model writes the query, in a form that a grammar enforces (`prompt`), and it is held against the
question (`verify`). SQLite computes it over the indexed rows (`engine`): the model never does the
arithmetic.
"""
