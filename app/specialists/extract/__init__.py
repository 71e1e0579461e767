"""From a document to the cells of a row: values with quotes, by rules, examples and a model.

`engine.fill` is the entry. Values are derived from words of the document by code (`values`);
a model only chooses among such words.
"""
