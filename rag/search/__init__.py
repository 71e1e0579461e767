"""From a query to ranked passages: vectors, BM25, fusion, reranking."""
