"""The classifier: learned from a few texts, and the choices it makes on them."""

from __future__ import annotations

import hashlib
import io

import msgspec
import numpy as np
import pytest

from app.specialists.classify.blob import UnreadableBlob
from app.specialists.classify.classifier import Classifier, fit
from app.specialists.classify.decide import calibrate
from app.specialists.classify.types import Choice, LabelFeatures, TextFeatures

TOPICS = {
    "garden": ("rose", "soil", "spade", "bulb", "hedge"),
    "kitchen": ("flour", "oven", "whisk", "butter", "dough"),
}


def vector(text: str) -> bytes:
    """An embedding that knows the topics: one direction for each, and some noise."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    values = np.random.default_rng(seed).normal(size=8).astype(np.float32) / 4
    for at, words in enumerate(TOPICS.values()):
        values[at] += sum(word in text.lower() for word in words)
    return bytes(values.tobytes())


def example(text: str, label: str = "", signs: tuple[str, ...] = ()) -> TextFeatures:
    return TextFeatures(text, vector(text), signs, label)


LABELS = [
    LabelFeatures(name, " ".join(words), vector(" ".join(words))) for name, words in TOPICS.items()
]
EXAMPLES = [
    example(f"Please bring the {one} and the {other} on {day}.", topic)
    for topic, words in TOPICS.items()
    for one in words
    for other in words
    for day in ("Monday", "Friday")
    if one < other
]
WITHOUT_EXAMPLES = LabelFeatures("attic", "box", vector("box"))
WITH_LOGISTIC = Choice(0.5, 0.5, 1.0, 0.4, balance=0.5, logistic=True)


def test_it_sorts_by_descriptions_alone_before_it_has_learned() -> None:
    fitted = fit([], LABELS)
    labels = [
        prediction.label
        for prediction in Classifier(fitted.blob).predict(
            [example("A spade for the soil"), example("Butter and flour")]
        )
    ]
    assert labels == ["garden", "kitchen"]
    assert fitted.examples == 0


def test_it_learns_from_examples_and_tells_how_good_it_is() -> None:
    fitted = fit(EXAMPLES, LABELS)
    assert fitted.examples == len(EXAMPLES)
    assert fitted.accuracy > 0.9
    assert len(fitted.right) == len(EXAMPLES)
    sorted_texts = Classifier(fitted.blob).predict([example("Where is the whisk?")])
    assert sorted_texts[0].label == "kitchen"
    assert 0.5 < sorted_texts[0].confidence <= 1


def test_words_decide_where_the_embedding_tells_nothing() -> None:
    flat = np.ones(8, dtype=np.float32).tobytes()
    examples = [TextFeatures(e.text, flat, (), e.label) for e in EXAMPLES]
    labels = [LabelFeatures(label.name, label.description, flat) for label in LABELS]
    fitted = fit(examples, labels)
    (done,) = Classifier(fitted.blob).predict([TextFeatures("The hedge needs a spade.", flat)])
    assert done.label == "garden"
    assert fitted.choice.words + fitted.choice.characters > 0


def test_a_sign_counts_like_a_word_that_no_text_has() -> None:
    flat = np.ones(4, dtype=np.float32).tobytes()
    labels = [LabelFeatures(name, name, flat) for name in ("good", "bad")]
    examples = [
        TextFeatures(f"Hello number {number}", flat, (sign,), label)
        for number in range(20)
        for sign, label in (("reply-elsewhere", "bad"), ("in-reply", "good"))
    ]
    classifier = Classifier(fit(examples, labels).blob)
    texts = [TextFeatures("Hello you", flat, (sign,)) for sign in ("reply-elsewhere", "in-reply")]
    assert [p.label for p in classifier.predict(texts)] == ["bad", "good"]


def test_the_evidence_is_the_sentence_that_decided() -> None:
    text = "It was a long day for us all. The rose wants better soil. See you on Friday."
    (done,) = Classifier(fit(EXAMPLES, LABELS).blob).predict([example(text)])
    start, end = done.evidence
    assert text[start:end] == "The rose wants better soil."


def test_strictness_moves_the_line_between_sure_and_unsure() -> None:
    confused = [*EXAMPLES, *(example(f"Something {n}", list(TOPICS)[n % 2]) for n in range(20))]
    classifier = Classifier(fit(confused, LABELS).blob)
    odd = [example(f"Something {number + 100}") for number in range(20)]
    lenient, usual, strict = (classifier.predict(odd, level) for level in (0.0, 0.5, 1.0))
    counts = [sum(p.unsure for p in predictions) for predictions in (lenient, usual, strict)]
    assert counts[0] == 0
    assert counts[2] > 0
    assert counts == sorted(counts)
    assert [p.label for p in lenient] == [p.label for p in strict]


def test_examples_with_other_labels_are_left_out() -> None:
    fitted = fit([*EXAMPLES, example("What is this?", "attic")], LABELS)
    assert fitted.examples == len(EXAMPLES)


def test_logistic_regression_counts_where_it_makes_left_out_examples_more_likely() -> None:
    truth = np.arange(40) % 2
    telling, vague = np.eye(2)[truth] * 4, np.zeros((40, 2))
    assert calibrate(vague, truth, None, telling).logistic
    assert not calibrate(telling, truth, None, vague).logistic
    assert not calibrate(telling, truth).logistic


@pytest.mark.parametrize("labels", [LABELS, [*LABELS, WITHOUT_EXAMPLES]])
def test_logistic_regression_is_kept_and_counts(labels: list[LabelFeatures]) -> None:
    fitted = fit(EXAMPLES, labels, WITH_LOGISTIC)
    assert fitted.choice == WITH_LOGISTIC
    assert fitted.accuracy > 0.9
    without = fit(EXAMPLES, labels, msgspec.structs.replace(WITH_LOGISTIC, logistic=False))
    text = [example("The whisk and the dough.")]
    (done,), (plain,) = (Classifier(each.blob).predict(text) for each in (fitted, without))
    assert done.label == plain.label == "kitchen"
    assert done.confidence != plain.confidence


def test_what_was_learned_before_there_was_logistic_regression_stays_as_it_is() -> None:
    before = {"words": 0.5, "characters": 0.5, "meaning": 1.0, "ridge": 0.4, "balance": 0.5}
    choice = msgspec.msgpack.decode(msgspec.msgpack.encode(before), type=Choice)
    fitted = fit(EXAMPLES, LABELS, choice)
    assert fitted.choice == choice
    with np.load(io.BytesIO(fitted.blob), allow_pickle=False) as arrays:
        assert "logistic" not in arrays


def test_a_text_that_comes_many_times_is_learned_from() -> None:
    repeated = [*EXAMPLES, *EXAMPLES[:5] * 10]
    assert fit(repeated, LABELS, WITH_LOGISTIC).accuracy > 0.9


def test_a_choice_is_kept_when_it_is_given() -> None:
    first = fit(EXAMPLES, LABELS)
    again = fit(EXAMPLES[:-1], LABELS, first.choice)
    assert again.choice == first.choice


@pytest.mark.parametrize("text", ["", " ", "\x00", "?", "\ud800", "a" * 100_000])
def test_odd_texts_get_a_label(text: str) -> None:
    (done,) = Classifier(fit(EXAMPLES, LABELS).blob).predict([TextFeatures(text, vector("odd"))])
    assert done.label in TOPICS


def test_damaged_bytes_are_refused() -> None:
    blob = fit(EXAMPLES, LABELS).blob
    for damaged in (b"", b"PK", blob[: len(blob) // 2], blob[:-100] + bytes(100)):
        with pytest.raises(UnreadableBlob):
            Classifier(damaged)


def test_embeddings_of_another_model_are_refused() -> None:
    classifier = Classifier(fit(EXAMPLES, LABELS).blob)
    with pytest.raises(ValueError, match="another model"):
        classifier.predict([TextFeatures("rose", np.ones(3, dtype=np.float32).tobytes())])
