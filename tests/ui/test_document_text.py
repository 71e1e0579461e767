"""Whatever a document says: the window, the clipboard, the shell and JSON have its characters.

The same characters means: nothing is missing, added or in another order; what cannot be seen is
shown by its number (`rag.text.visible`), and line breaks and blanks within a sentence count as one
blank.

The figure for 10,000: ``pytest -m slow tests/ui/test_document_text.py -s``.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.answering.kinds.compare import _side_by_side
from app.answering.kinds.composing import Written, in_one_line
from app.answering.kinds.passages import PassagesAnswerer
from app.answering.kinds.summary import _Writing
from app.answering.packing import Packer
from app.answering.service import AnswerService
from app.events import Answer, Timings
from app.presentation import present, words_of
from app.settings.store import SettingsStore
from app.shell.answer_printer import AnswerPrinter
from app.shell.console import Console
from app.shell.outputs import ask_output
from models.fakes import FakeChatModel
from rag.answer.differing_sentences import Pair
from rag.answer.excerpt import entire
from rag.answer.form import _cut
from rag.answer.quote_search import find_quote
from rag.formats import DocumentKind
from rag.tables.result_text import copied, in_words
from rag.tables.table import Computed, TableSource
from rag.text.answer_markup import NO_WORDS, DocumentWords, code, one_line
from rag.text.sentences import sentences
from rag.text.visible import visible
from rag.types import Hit, Locator
from tests.ui.drawings import drawn
from ui.chat.answer_text import AnswerSection
from ui.chat.source_card import QuoteText
from ui.chat.turn_view import TurnView
from ui.legible import legible

SMALL = "smollm2-135m-instruct-q4_1"
PIECES = (
    "2*3*4 mm", "\\\\server\\share\\_archive", "C:\\_data\\*.txt", "__init__.py", "__main__.",
    "*args", "**kwargs", "**bold**", "*it*", "_soft_", "`code`", "``a`b``", "~~old~~", "[1]",
    "[12]", "[?]", "[x](http://a.example)", "![p](file:///p)", "<b>x</b>", "<img src=x>",
    "<!-- c -->", "&amp;", "&lt;", "&#65;", "5 < 6 & 7", "\\(a^{*}b_1\\)", "\\[x*y\\]", "$a*b*c$",
    "$$x$$", "$5 and $6", "\\*", "\\_", "\\", "|", "a | b", "|---|", "---", "***", "===", "# ",
    "## Title", "> ", "- ", "* ", "+ ", "1. ", "2024. ", "1) ", "```", "~~~", "    ", "\t", "\n",
    "\n\n", "  ", ".", "!", "…", "”", "'", "(see", "annex)", "900 €", "-5 °C", "10 %", "שלום",
    "مرحبا 12", "三个月。", "**三**个", "😀", "👩\u200d⚕️", "é", "ﬁ", "\u00a0", "\u200b", "\u202e",
    "\u00ad", "\x1b[31m", "\x07", "\r", "\x85", "\u2028", "\ue000", "\ufffc", "\ufdd0", "word",
    "\x1b" + "long" * 20 + "\x1b`", "The rent", "`)", "(`", "`a", "**)", "(**", "is due",
    "Price*", "*excluding", "/*c*/", "(*)", "*a" + "\x1b00" * 9 + "*",
    "a*(b+c)*d", "x **y", "z** w",
)  # fmt: skip
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
        st.text("*_`[]()\\$|#>-+~<&;1. a", max_size=6),
    ),
    min_size=1,
    max_size=8,
).flatmap(lambda parts: st.sampled_from([" ".join(parts), "".join(parts)]))


def hit(text: str, number: int = 1, title: str = "Title") -> Hit:
    locator = Locator(0, len(text), page=number)
    kind = DocumentKind.PDF
    return Hit(number, f"c{number}", f"/{number}.pdf", title, kind, locator, text, "", 0.9)


def told_by(text: str, folder: Path) -> list[Answer]:
    """Answers that copy what a document says: of a model that only quotes, and of one that writes.

    Those that are taken back tell nothing of it.
    """
    spans = [text[start:end].strip() for start, end in sentences(text)]
    quoted = max((_cut(one) for one in spans), key=len, default="")
    if len(quoted) < 3:
        return []
    replies = {SMALL: f'Quote: "{quoted}"\n', "fake": f'Quote: "{quoted}"\nFound: yes\nAnswer: '}
    answers: list[Answer] = []
    for model, reply in replies.items():
        written = reply + (quoted if model == "fake" else "")
        fake = _Whole(written, model_id=model, context_window=100_000)
        packer = Packer(lambda *_: (hit(text),))
        settings = SettingsStore(folder / "settings.json")
        service = AnswerService(settings, fake, packer, (PassagesAnswerer(packer),))
        answer = service.ask("What?")
        if not answer.abstained:
            answers.append(answer)
    return answers


class _Whole(FakeChatModel):
    """Writes its white space as it was told to."""


def check(text: str, folder: Path, view: TurnView) -> int:
    """Holds what is shown of a document's text against it; returns how many answers there were."""
    answers = told_by(text, folder)
    for answer in answers:
        view.start()
        view.finish(answer)
        assert drawn(view._browser) == legible(answer.text.strip()), text
        _check_quotes(text, answer, view)
        _check_copy(answer, view)
        _check_shell(answer)
    return len(answers)


def _check_quotes(text: str, answer: Answer, view: TurnView) -> None:
    for citation in answer.citations:
        assert text[citation.locator.start : citation.locator.end] == citation.quote
    shown = [
        excerpt._words for excerpt in view.findChildren(QuoteText) if excerpt.isVisibleTo(view)
    ]
    wanted = [one_line(legible(f"“{one.quote.strip()}”")) for one in answer.citations]
    assert [one[:500] for one in shown] == [one[:500] for one in wanted]


def _check_copy(answer: Answer, view: TurnView) -> None:
    view._copy()
    copy = QGuiApplication.clipboard().text()
    assert copy.startswith(answer.text.strip() + "\n")
    for one in answer.citations:
        assert f"“{one.quote.strip()}”" in copy


def _check_shell(answer: Answer) -> None:
    for as_json in (False, True):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            console = Console(as_json=as_json)
            console.result(ask_output(answer)) if as_json else AnswerPrinter(console).finish(answer)
        if as_json:
            assert json.loads(out.getvalue())["answer"] == answer.text.strip()
        else:
            assert out.getvalue().startswith(visible(answer.text.strip(), lines=True) + "\n")


def shown(text: str, words: DocumentWords = NO_WORDS) -> str:
    """A text as the window draws it, in one line."""
    browser = AnswerSection()
    browser.show_text(text, {1, 2}, words)
    told_text = one_line(drawn(browser))
    browser.deleteLater()
    return told_text


def check_kinds(one: str, other: str) -> None:
    """Words of documents in answers of fixed words: tables, comparisons, summaries, lists."""
    for words in (one, other):
        name = words.strip()
        if name:
            text = f"Name: {code(name)}.\n\nThe end."
            assert one_line(legible(visible(name))) in shown(text), text
    _check_table(one_line(one), one_line(other))
    _check_comparison(one, other)
    _check_summary(one, other)


def _check_table(one: str, other: str) -> None:
    if not one or not other:
        return
    for rows in (((one, 5.0),), ((one, 5.0), (other, -7.25))):
        name = one.replace('"', "'")
        query = f'SELECT "{name}", SUM("x") FROM data GROUP BY "{name}"'
        try:
            computed = Computed(
                query, (name, "sum of x"), rows, 0, 2, 3, other, DocumentKind.CSV,
                (TableSource(Locator(0, 1), "x"),), (f"In “{other}”.",),
            )  # fmt: skip
            text = in_words(computed)
        except ValueError:  # no query can hold such a name
            return
        words = DocumentWords(copied(computed))
        told_text = shown(text, words)
        for cell in (name, *(str(row[0]) for row in rows), other):
            assert one_line(legible(cell)) in told_text, text


def _check_comparison(one: str, other: str) -> None:
    if not one.strip() or not other.strip():
        return
    pair = Pair(entire(hit(one, 1, one_line(one))), entire(hit(other, 2, one_line(other))))
    text, citations = _side_by_side([pair])
    answer = Answer(text, citations, False, (), "", Timings())
    told_text = shown(f"They differ in it:\n\n{text}", words_of(answer))
    for words in (one, other):
        assert one_line(legible(in_one_line(words.strip()))) in told_text, text


def _check_summary(one: str, other: str) -> None:
    writing = _Writing()
    for number, words in enumerate((one, other)):
        reply = f'Quote: "{_cut(words)}"\nAnswer: Birds can fly.'
        writing.add_point(one_line(words) or "T", Written(reply), [hit(words, number + 1)])
    text = writing.text(Written(""), ())
    copied_words = DocumentWords((one, other)).signs_in(text)
    answer = Answer(
        text, tuple(writing.sources.citations), False, (), "", Timings(), copied=copied_words
    )
    told_text = shown(present(answer).text, words_of(answer))
    for citation in answer.citations:
        assert one_line(legible(in_one_line(citation.quote))) in told_text, text


@pytest.fixture
def view(qtbot: QtBot) -> TurnView:
    made = TurnView("What?")
    qtbot.addWidget(made)
    return made


def _run(
    count: int, check_one: Callable[[str, str], int], *examples: tuple[str, str]
) -> tuple[int, int]:
    seen = answers = 0

    @settings(
        max_examples=count, database=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(TEXTS, TEXTS)
    def run(one: str, other: str) -> None:
        nonlocal seen, answers
        seen += 1
        answers += check_one(one, other)

    for text in examples:
        run = example(*text)(run)
    run()
    return seen, answers


def _check_many(count: int, folder: Path, view: TurnView) -> None:
    def check_one(one: str, other: str) -> int:
        check_kinds(one, other)
        answers = check(one, folder, view)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        return answers

    seen, answers = _run(count, check_one, *((piece, "word") for piece in PIECES))
    print(f"\ntexts shown, copied and printed with the same characters: {seen} of {seen}")
    print(
        f"answers that copied them: {answers}; tables, comparisons, summaries, names: {seen} each"
    )
    assert answers > seen // 2


def test_a_document_s_characters_are_what_is_shown(view: TurnView, tmp_path: Path) -> None:
    _check_many(40, tmp_path, view)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_document_s_characters_are_what_is_shown_of_10000(view: TurnView, tmp_path: Path) -> None:
    _check_many(10_000, tmp_path, view)


@given(TEXTS)
def test_a_quote_of_a_sentence_is_the_sentence(text: str) -> None:
    parts = [text[start:end] for start, end in sentences(text)]
    citation = find_quote(text, [hit(text)])
    if citation is not None and len(parts) == 1:
        assert one_line(citation.quote) == in_one_line(text)
