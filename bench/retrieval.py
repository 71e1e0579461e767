"""Quality of retrieval, compared with plain methods.

    python -m bench.retrieval --packs FOLDER [--sets NAME ...] [--work FOLDER] [--json FILE]
        [--reranker ID]

Systems: dense vectors; words as the full-text index stems them (BM25); plain reciprocal rank
fusion of both; Studiolo's search by words alone, and its whole search. With --reranker also what
that reranker of the catalogue, which must be here, makes of the latter in the time that it has.

FOLDER holds a folder for each set with corpus.jsonl, queries.jsonl and qrels.tsv (BEIR's layout).
Each document goes through the product's own chunker, store, embedder and indexes; a document's
score is that of its best passage. Embeddings stay in the work folder, so a second run is quick.

nDCG@10 is Järvelin and Kekäläinen's (2002, https://doi.org/10.1145/582415.582418) with the grades
as gains; recall@5 is the share of a query's relevant documents among the first five.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.privacy.environment import harden
from bench.jsonl import read_lines
from models.embedding import SentenceTransformerEmbedder
from models.gguf_reranking import GgufReranker
from rag.chunking.chunk import Chunker
from rag.formats import DocumentKind
from rag.indexing.indexer import Indexer
from rag.parse.document import Block, BlockKind, ParsedDocument, ParseOptions
from rag.parse.failures import FailureReason, ParseFailure
from rag.ports import Reranker
from rag.search.lexical import search_words
from rag.search.retrieve import Retriever
from rag.search.vectors import ChromaIndex
from rag.store.store import Store
from rag.types import Locator

_CANDIDATES = 100
_SYSTEMS = ("dense", "stemmed", "rrf", "words", "ours", "reranked")
# Of reciprocal rank fusion: Cormack, Clarke and Büttcher 2009.
_RRF = 60


@dataclass(frozen=True)
class Score:
    """One system on one set: means over its queries."""

    set: str
    system: str
    ndcg10: float
    recall5: float
    queries: int


class CorpusParser:
    """Fits `rag.parse.port.DocumentParser`: a file's first line is the title, the rest the text."""

    def parse(
        self, path: Path, _options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        """Reads a document as `_write_corpus` wrote it."""
        title, _, text = path.read_text(encoding="utf-8").partition("\n")
        block = Block(BlockKind.PARAGRAPH, Locator(0, len(text)))
        return ParsedDocument(DocumentKind.TEXT, title, text, (block,))

    def recognise(
        self,
        _path: Path,
        _page: int,
        _password: str = "",
        _identity: tuple[int, int] = (0, 0),
    ) -> ParseFailure:
        """Fails: there are no pictures."""
        return ParseFailure(FailureReason.NO_TEXT, "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.retrieval", description=__doc__)
    parser.add_argument("--packs", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="default: all there are")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="keeps the embeddings")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--reranker", metavar="ID", help="reorders what the whole search finds")
    options = parser.parse_args(arguments)
    harden()
    names = options.sets or sorted(
        str(file.parent.relative_to(options.packs)) for file in options.packs.rglob("queries.jsonl")
    )
    models = ModelLibrary(Paths.resolve().models)
    embedder = SentenceTransformerEmbedder(models.embedder_folder())
    reranker: Reranker | None = None
    if options.reranker:
        reranker = GgufReranker(models.reranker_file(options.reranker), options.reranker)
    scores: list[Score] = []
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        for name in names:
            measured = measure(name, options.packs / name, work / name, embedder, reranker)
            _print(measured)
            scores += measured
    if len(names) > 1:
        _print(means(scores))
    if options.json:
        text = json.dumps([asdict(score) for score in scores], indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


def measure(
    name: str,
    pack: Path,
    work: Path,
    embedder: SentenceTransformerEmbedder,
    reranker: Reranker | None = None,
) -> list[Score]:
    """Indexes a set, unless that was done before, and scores all systems on it."""
    work.mkdir(parents=True, exist_ok=True)
    identifiers = _write_corpus(pack / "corpus.jsonl", work / "documents")
    relevant = _read_relevance(pack / "qrels.tsv")
    with Store(work / "library.sqlite") as store:
        index = ChromaIndex(work / "vectors", embedder.dimension, embedder.id)
        chunker = Chunker(embedder.tokenizer_file, embedder.max_tokens)
        indexer = Indexer(store, index, embedder, CorpusParser(), chunker)
        report = indexer.run([work / "documents"], lambda _progress: None, lambda: None)
        broken = [f for f in report.failed if f.reason is not FailureReason.NO_TEXT]
        assert not broken, broken[:3]  # Cranfield has two documents without text
        index.rebuild(store.vectors(embedder.id))  # or what was added would be compared one by one
        owners = _owners(store, embedder.id, identifiers)
        retriever = Retriever(store, index, embedder)
        gained: dict[str, list[tuple[float, float]]] = {}
        for query in read_lines(pack / "queries.jsonl"):
            grades = relevant.get(str(query["_id"]))
            if not grades:
                continue
            dense = index.query(embedder.embed_query(query["text"]), _CANDIDATES)
            stemmed = search_words(store.database, query["text"], _CANDIDATES, roots=False)
            words = search_words(store.database, query["text"], _CANDIDATES)
            rankings = {
                "dense": dense,
                "stemmed": stemmed.scores,
                "rrf": reciprocal(dense, stemmed.scores),
                "words": words.scores,
                "ours": retriever.rank(query["text"], _CANDIDATES),
            }
            if reranker is not None:
                rankings["reranked"] = retriever.rank(query["text"], _CANDIDATES, reranker=reranker)
            for system, ranked in rankings.items():
                documents = _documents((chunk for chunk, _ in ranked), owners)
                pair = ndcg(documents, grades), recall(documents, grades)
                gained.setdefault(system, []).append(pair)
        index.close()
    return [
        Score(
            name,
            system,
            sum(n for n, _ in pairs) / len(pairs),
            sum(r for _, r in pairs) / len(pairs),
            len(pairs),
        )
        for system, pairs in gained.items()
    ]


def reciprocal(*rankings: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Fuses rankings by plain reciprocal rank fusion: (id, score), best first."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, (key, _) in enumerate(ranking, 1):
            scores[key] = scores.get(key, 0.0) + 1 / (_RRF + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Computes the normalised discounted cumulative gain at `depth`, 0 to 1."""
    gain = sum(grades.get(key, 0) / math.log2(rank + 2) for rank, key in enumerate(ranking[:depth]))
    best = sorted(grades.values(), reverse=True)[:depth]
    return gain / sum(grade / math.log2(rank + 2) for rank, grade in enumerate(best))


def recall(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 5) -> float:
    """Computes the share of the relevant documents among the first `depth`."""
    return len(set(ranking[:depth]) & set(grades)) / len(grades)


def means(scores: Sequence[Score]) -> list[Score]:
    """Averages each system over the sets."""
    averages: list[Score] = []
    for system in _SYSTEMS:
        of_system = [score for score in scores if score.system == system]
        if not of_system:
            continue
        count = len(of_system)
        ndcg10 = sum(score.ndcg10 for score in of_system) / count
        recall5 = sum(score.recall5 for score in of_system) / count
        queries = sum(score.queries for score in of_system)
        averages.append(Score("mean", system, ndcg10, recall5, queries))
    return averages


def _documents(chunks: Iterator[str], owners: Mapping[str, str]) -> list[str]:
    """Ranks documents by their best passage."""
    return list(dict.fromkeys(owners[chunk] for chunk in chunks if chunk in owners))


def _write_corpus(corpus: Path, folder: Path) -> dict[str, str]:
    """Writes each document to a file, once. Returns the documents' ids by file name."""
    folder.mkdir(exist_ok=True)
    identifiers: dict[str, str] = {}
    for number, document in enumerate(read_lines(corpus)):
        file = folder / f"{number:06}.txt"
        identifiers[file.name] = str(document["_id"])
        if not file.exists():
            title = " ".join(str(document.get("title") or "").split())
            file.write_text(f"{title}\n{document['text']}", encoding="utf-8")
    return identifiers


def _owners(store: Store, embedder: str, identifiers: Mapping[str, str]) -> dict[str, str]:
    """Maps each passage to its document."""
    passages = store.passages(store.chunk_ids(embedder))
    return {passage.chunk.id: identifiers[Path(passage.path).name] for passage in passages}


def _read_relevance(file: Path) -> dict[str, dict[str, int]]:
    relevant: dict[str, dict[str, int]] = {}
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0:
            relevant.setdefault(query, {})[document] = int(grade)
    return relevant


def _print(scores: Sequence[Score]) -> None:
    form: Callable[[float], str] = "{:.3f}".format
    cells = "  ".join(f"{s.system} {form(s.ndcg10)} / {form(s.recall5)}" for s in scores)
    print(f"{scores[0].set:22} {scores[0].queries:5}  {cells}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
