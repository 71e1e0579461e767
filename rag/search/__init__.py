"""From a query to ranked chunks: vectors, BM25, fusion, reranking.

Start with `retrieve`: it searches by meaning (`resilient_vectors`) and by words (`lexical`), fuses
both (`fusion`) and reranks the best (`rerank`). `chroma_index` is the vector index on the disk, in
generations (`chroma_generation`, `generation_folders`); `exact_index` replaces it while it is not
ready; `reconcile` brings it in line with the store. `combine` makes one ranking of those that
several wordings of a question find.
"""
