"""Nothing is ticked at first, and what never leaves cannot be, whoever asks."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import NeverLeaves, PayloadTooLong, QuestionEmpty
from app.escalation.draft import (
    Draft,
    keep,
    marked,
    new_draft,
    tick,
    tick_history,
    with_provider,
    with_question,
)
from app.escalation.payload import Payload, build
from app.escalation.review import QUESTION, review, source_key
from app.events import Grounds
from app.library.local_only import Limits
from rag.indexing.folders import Folders
from rag.text.plain import UNSEEN
from tests.escalations import CLAUDE, TEAM, hit, limits, turn

PRIVATE = limits("/home/me/health")


def made(draft: Draft, own_words: tuple[str, ...] = ()) -> Payload:
    return build(draft, review(draft, own_words))


def test_nothing_is_ticked_at_first() -> None:
    draft = new_draft(turn(hit("a"), hit("b"), number=2), [turn(hit("c"))], TEAM)
    assert draft.ticked == frozenset()
    assert not draft.chosen_excerpts
    assert not draft.chosen_history
    sent = made(draft).text
    assert "How long?" in sent
    assert "notice period" not in sent
    assert "Three months" not in sent


def test_cited_passages_come_first_each_once_and_say_where_they_are_from() -> None:
    first, second = hit("a"), hit("b", text="The rent.")
    draft = new_draft(turn(first, second, cited=second), [], TEAM)
    assert [(e.key, e.title, e.place, e.text) for e in draft.excerpts] == [
        ("b", "Lease", "page 2", "The rent."),
        ("a", "Lease", "page 2", "The notice period."),
    ]


def test_a_turn_without_an_answer_can_be_asked_outside() -> None:
    draft = new_draft(replace(turn(), answer=None), [], TEAM)
    assert draft.excerpts == ()
    assert "How long?" in made(draft).text


def test_what_is_ticked_goes_along_and_nothing_else_does() -> None:
    past = turn(hit("c"), number=7, question="And before?")
    draft = new_draft(turn(hit("a"), hit("b", text="The rent.")), [past], TEAM)
    only_b = made(tick(draft, "b")).text
    assert "The rent." in only_b
    assert "notice" not in only_b
    assert "And before?" not in only_b
    with_history = made(tick_history(draft)).text
    assert "And before?" in with_history
    assert "Three months." in with_history
    assert "[1]" not in with_history  # the marker would name nothing there
    assert made(tick(tick(draft, "b"), "b", on=False)).body == made(draft).body


def test_the_path_of_a_file_is_never_sent() -> None:
    draft = new_draft(turn(hit("a", "/home/me/secret-folder/lease.pdf")), [], TEAM)
    assert "secret-folder" not in made(tick(draft, "a")).text


def test_passages_of_a_local_only_collection_cannot_be_ticked() -> None:
    answered = turn(hit("a"), hit("b", "/home/me/health/blood.pdf"))
    draft = new_draft(answered, [], TEAM, PRIVATE)
    assert [e.local_only for e in draft.excerpts] == [False, True]
    with pytest.raises(NeverLeaves, match="never leaves"):
        tick(draft, "b")
    assert tick(draft, "b", on=False) == draft


def test_nor_a_copy_elsewhere_of_such_a_passage() -> None:
    draft = new_draft(
        turn(hit("a")), [], TEAM, limits("/home/me/health", within=[("/home/me/lease.pdf", "a")])
    )
    with pytest.raises(NeverLeaves):
        tick(draft, "a")


def test_nor_history_that_rests_on_one() -> None:
    private = turn(hit("p", "/home/me/health/blood.pdf"), number=3, question="My blood?")
    other = turn(hit("c"), number=4)
    before = new_draft(turn(hit("a")), [private, other], TEAM, PRIVATE)
    assert [e.local_only for e in before.history] == [True, True]  # it may tell the first again
    assert other.answer is not None
    alone = replace(other, answer=replace(other.answer, grounds=Grounds()))
    draft = new_draft(turn(hit("a")), [private, alone], TEAM, PRIVATE)
    assert [e.local_only for e in draft.history] == [True, False]
    assert tick_history(draft).ticked == {"turn-4"}
    with pytest.raises(NeverLeaves):
        tick(draft, "turn-3")


@pytest.mark.parametrize("key", ["b", "turn-9"])
def test_a_draft_that_was_forged_is_refused_when_the_bytes_are_made(key: str) -> None:
    private = hit("b", "/home/me/health/blood.pdf")
    draft = new_draft(turn(private), [turn(private, number=9)], TEAM)  # before it was private
    forged = replace(draft, ticked=frozenset({key}))
    with pytest.raises(NeverLeaves):
        build(forged, review(forged), PRIVATE)


def test_what_became_private_is_unticked() -> None:
    draft = tick(new_draft(turn(hit("b", "/home/me/health/blood.pdf")), [], TEAM), "b")
    after = marked(draft, PRIVATE)
    assert after.ticked == frozenset()
    assert after.excerpts[0].local_only
    assert not marked(after, Limits()).excerpts[0].local_only


def test_files_parts_and_links_of_a_folder_are_in_it(tmp_path: Path) -> None:
    folder, link = tmp_path / "private", tmp_path / "way-in"
    folder.mkdir()
    (folder / "mail.eml").touch()
    link.symlink_to(folder)
    private = Folders([str(folder)])
    assert private.hold(str(folder / "mail.eml"))
    assert private.hold(f"{folder / 'mail.eml'}!/lease.pdf")
    assert private.hold(str(link / "mail.eml"))
    assert Folders([str(link)]).hold(str(folder / "mail.eml"))
    assert Folders([f"{folder}/"]).hold(str(folder / ".." / "private" / "mail.eml"))
    assert not private.hold(f"{folder}s/mail.eml")
    assert not Folders([]).hold(str(folder / "mail.eml"))
    assert private.touch(str(tmp_path))
    assert private.touch(str(folder / "deeper"))
    assert private.touch("")
    assert not private.touch(str(tmp_path / "other"))
    assert not Folders([]).touch("")


def test_personal_words_are_hidden_everywhere_and_can_be_kept_one_by_one() -> None:
    passage = hit("a", text="Write to anna@example.org or bo@example.org.")
    asked = turn(passage, question="Who is ANNA@example.org?")
    draft = tick(new_draft(asked, [], TEAM), "a")
    looked = review(draft)
    assert [m.key for m in looked.pieces["a"].marks] == ["anna@example.org", "bo@example.org"]
    assert all(mark.hidden for mark in looked.pieces["a"].marks)
    sent = made(draft).text
    assert "example.org" not in sent
    kept = keep(draft, "bo@example.org")
    piece = review(kept).pieces["a"]
    assert [mark.hidden for mark in piece.marks] == [True, False]
    assert [m.placeholder for m in piece.marks] == [m.placeholder for m in looked.pieces["a"].marks]
    assert "bo@example.org" in made(kept).text
    assert "anna" not in made(kept).text.lower()
    assert made(keep(kept, "bo@example.org", on=False)).body == made(draft).body


def test_own_words_are_hidden_in_titles_too() -> None:
    draft = tick(new_draft(turn(hit("a")), [], TEAM), "a")
    looked = review(draft, ("lease",))
    assert looked.pieces[source_key("a")].sent == "[OWN_WORD_1], page 2"
    assert "Lease" not in build(draft, looked).text


def test_what_was_recognised_once_is_hidden_where_it_would_not_have_been() -> None:
    # In the second passage nothing says that the word is a name.
    first = hit("a", text="Signed, Mr. Tom Quillfeather.")
    second = hit("b", text="the quillfeather file, and quillfeathers")
    alone = review(new_draft(turn(second), [], TEAM)).pieces["b"]
    assert alone.sent == second.text
    both = review(new_draft(turn(first, second), [], TEAM)).pieces["b"]
    assert [second.text[mark.start : mark.end] for mark in both.marks] == ["quillfeather"]
    assert both.sent.endswith("file, and quillfeathers")


def test_an_ordinary_word_that_is_also_a_name_stays_readable() -> None:
    first = hit("a", text="Signed, Mrs. Rose.")
    second = hit("b", text="The prices rose. Rose has signed.")
    sent = review(new_draft(turn(first, second), [], TEAM)).pieces["b"].sent
    assert sent == "The prices rose. [NAME_2] has signed."  # not that of "Mrs. Rose"


def test_marks_and_placeholders_stay_when_something_is_ticked() -> None:
    passages = (hit("a", text="x@example.org"), hit("b", text="y@example.org"))
    draft = new_draft(turn(*passages), [], TEAM)
    assert review(draft).pieces == review(tick(draft, "b")).pieces


def test_nothing_that_cannot_be_seen_is_sent() -> None:
    unseen = [
        one
        for one in map(chr, range(0x110000))
        if UNSEEN.match(one) and unicodedata.category(one) != "Co"
    ]
    text = "".join(f"{one}a" for one in (*unseen, "\ue000", "\U00100000"))
    inside = "".join(one for one in unseen if unicodedata.category(one) in {"Cf", "Mn", "Lo"})
    passage = replace(hit("a", text=text), title=f"Le{inside}ase")
    draft = with_question(tick(new_draft(turn(passage), [], TEAM), "a"), f"How{text}?")
    assert UNSEEN.search(_asked(draft)) is None
    assert review(draft).pieces[source_key("a")].text == "Lease, page 2"


def test_a_name_is_the_same_name_however_it_is_set() -> None:
    passages = [
        hit("a", text="Signed by Hanna\u00a0Brandel."),
        hit("b", text="The flat of Hanna Bran-\ndel, that is, of BRAN\u00adDEL."),
    ]
    draft = tick(tick(new_draft(turn(*passages), [], TEAM), "a"), "b")
    sent = _asked(draft)
    assert "[NAME_1]" in sent
    for part in ("Hanna", "Bran", "BRAN", "del"):
        assert part not in sent


def _asked(draft: Draft) -> str:
    """The message to the model, as it reads it."""
    return str(json.loads(made(draft).body)["messages"][-1]["content"])


def test_hidden_characters_are_not_sent() -> None:
    passage = hit("a", text="plain\u202etxt\u200b \U000e0041 end \ud800")
    sent = made(tick(new_draft(turn(passage), [], TEAM), "a")).text
    assert "plaintxt  end ?" in sent


def test_private_passages_are_not_even_looked_through() -> None:
    draft = new_draft(turn(hit("b", "/home/me/health/blood.pdf")), [], TEAM, PRIVATE)
    assert set(review(draft).pieces) == {QUESTION}


def test_an_empty_question_and_one_that_is_too_long_are_told() -> None:
    draft = new_draft(turn(hit("a")), [], TEAM)
    with pytest.raises(QuestionEmpty):
        made(with_question(draft, "  \n"))
    small = TEAM.model_copy(update={"context_tokens": 9000})
    with pytest.raises(PayloadTooLong, match="9,000"):
        made(with_question(with_provider(draft, small), "why? " * 3000))
    # What is not looked through in a moment is not sent at all.
    with pytest.raises(PayloadTooLong, match="too long"):
        made(with_question(draft, "why? " * 100_000))


def test_price_and_tokens_are_estimated_where_they_are_known() -> None:
    draft = new_draft(turn(), [], TEAM)
    assert made(draft).cost is None
    priced = TEAM.model_copy(update={"input_price": 10.0, "output_price": 0.0})
    payload = made(with_provider(draft, priced))
    assert payload.cost == pytest.approx(payload.tokens * 1e-5)
    known = made(with_provider(draft, CLAUDE))
    assert known.cost == pytest.approx(known.tokens * 1e-6)
    assert known.most == pytest.approx(known.tokens * 1e-6 + 8192 * 5e-6)
    dated = made(with_provider(draft, CLAUDE, "claude-haiku-4-5-20251001"))
    assert dated.cost == known.cost
    assert made(with_provider(draft, CLAUDE, "claude-haiku-4-5-large")).cost is None
