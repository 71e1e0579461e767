from app.specialists.definition import Column
from app.specialists.extract.candidates import DocumentIndex, candidates
from app.specialists.extract.indexing import document_index
from app.specialists.extract.learning import learn, learn_better, taught_cell
from app.specialists.extract.ports import Tools
from app.specialists.extract.ranker import rank, taken
from app.specialists.extract.types import LearnedColumn, TaughtCell
from tests.unit.app.specialists.sheets import paragraphs

CODE = Column("Box", "Which box is it?")


def letter(number: int) -> DocumentIndex:
    text = (
        f"Letter of {number} March 2024 and of the things that it is about.\n\n"
        f"Our sign AB-{number}77 is for the file.\n\n"
        f"The goods were put on shelf QX-{number}12 by hand.\n\n"
        f"The carrier is TR-{number}31 as before."
    )
    return document_index(paragraphs(text), (CODE,), Tools())


def lessons(count: int) -> list[TaughtCell]:
    return [taught_cell(letter(n), CODE, f"QX-{n}12") for n in range(1, count + 1)]


def value(index: DocumentIndex, cells: list[TaughtCell]) -> str:
    learned = learn(CODE, cells)
    chosen = taken(rank(candidates(index, CODE), learned), CODE, learned)
    return chosen[0].candidate.value.value if chosen else ""


def test_words_around_corrected_values_find_the_next() -> None:
    assert value(letter(9), []) != "QX-912"
    assert value(letter(9), lessons(5)) == "QX-912"


def test_what_was_learned_can_be_read() -> None:
    learned = learn(CODE, lessons(5))
    assert learned is not None
    assert learned.documents == 5
    assert learned.weights["just before=shelf"] > 0


def test_two_documents_are_too_few_to_learn_from() -> None:
    assert learn(CODE, lessons(2)) is None


def test_documents_without_the_value_alone_teach_nothing() -> None:
    assert learn(CODE, [taught_cell(letter(n), CODE, "") for n in range(4)]) is None


def test_contradictory_corrections_do_no_harm() -> None:
    wrong = [taught_cell(letter(n), CODE, f"AB-{n}77") for n in range(1, 6)]
    learned = learn(CODE, [*lessons(5), *wrong])
    assert learned is None or value(letter(9), [*lessons(5), *wrong]) in {"QX-912", "AB-977", ""}


def test_a_selected_place_is_learned_from_alone() -> None:
    index = letter(3)
    start = index.split.document.text.index("QX-312")
    cell = taught_cell(index, CODE, "QX-312", (start, start + 6))
    right = [each for each in cell.candidates if each.is_right]
    assert right
    assert all(each.features["just before=shelf"] for each in right)


def test_what_was_learned_before_stays_where_it_decides_more_cells_rightly() -> None:
    cells = lessons(5)
    learned = learn(CODE, cells)
    assert learned is not None
    assert learned.right == 5
    wrong = [taught_cell(letter(n), CODE, f"AB-{n}77") for n in range(1, 6)]
    doubtful = LearnedColumn(CODE.name, {}, -9.0, 0.5, 5)
    assert learn_better(CODE, [*cells, *wrong], learned) is not None
    assert learn_better(CODE, cells, learned) == learned
    assert learn_better(CODE, cells, doubtful) == learned
    unbeaten = LearnedColumn(CODE.name, {}, -9.0, 0.5, 5, right=6)
    assert learn_better(CODE, cells, unbeaten) == unbeaten


def test_values_are_sure_above_all_that_was_wrong_in_documents_that_were_left_out() -> None:
    learned = learn(CODE, lessons(12))
    assert learned is not None
    assert learned.threshold <= learned.sure < 1
    top = rank(candidates(letter(20), CODE), learned)[0]
    assert top.candidate.value.value == "QX-2012"
    assert top.chance > learned.sure


def test_few_documents_make_no_value_sure() -> None:
    learned = learn(CODE, lessons(5))
    assert learned is not None
    assert learned.sure == 1


def test_wrong_values_raise_what_counts_as_sure() -> None:
    wrong = [taught_cell(letter(n), CODE, f"AB-{n}77") for n in range(20, 23)]
    learned = learn(CODE, [*lessons(12), *wrong])
    plain = learn(CODE, lessons(12))
    assert plain is not None
    assert learned is None or learned.sure > plain.sure
