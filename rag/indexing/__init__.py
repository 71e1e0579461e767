"""Keeps the library in step with the disk.

Start with `indexer`: a run finds files (`discover`, `rules`), compares them with the library
(`changes`), reads them (`read_ahead`, `recognition`) and stores them (`writer`). `watch` reports
later changes, `preview` shows what a run would take, `embedder_change` moves to another embedder,
`passage_finder` locates the words of citations.
"""
