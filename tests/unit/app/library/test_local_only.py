"""What never leaves does not, whatever happens to files, folders, collections and the library.

Each case makes something of a private file, lets something happen, and tries everything to send it:
before a draft is made, when something is ticked, and after the click.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.chats.store import Turn
from app.errors import WorkerDied
from app.events import Answer, Grounds
from app.library.local_only import MOST_RETOLD, Bar, Limits, Origins, Provenance, history_of
from app.settings.store import SettingsStore
from rag.indexing.cited_passages import CitedPassage, PassagePlace
from tests.escalations import answer, hit, nowhere_else, turn
from tests.private_folder import BLOOD, CLUB, HALL, RESULTS, SECRET, World, told

# The disk is the slowest part of it; memory is quicker where it can be had.
_QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None

Make = Callable[[World], None]
Happen = Callable[[World], None]
MOMENTS = ("before", "drafted", "shown")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Somewhere to put files that is quick."""
    if _QUICK is None:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=_QUICK) as name:
        yield Path(name)


# What is made of a private file.


def cited(world: World) -> None:
    """An answer that cites it."""
    world.index()
    _ask_about_blood(world)


def read(world: World) -> None:
    """One that cites something else: the model has read both, and says what it should not."""
    world.index()
    answer = _ask_about_club(world, f"The club meets every Thursday, {SECRET} or not.")
    assert any(SECRET in hit.text for hit in answer.nearest)


def abstained(world: World) -> None:
    """No answer, and its passages are shown as the nearest."""
    world.index()
    assert world.ask("Who invented haemoglobin?", "Found: no").abstained


def retold(world: World) -> None:
    """An answer from a public document, whose prompt told the private answer again."""
    cited(world)
    answer = _ask_about_club(
        world, f"The club meets every Thursday, {SECRET} or not.", document=True
    )
    assert all(SECRET not in hit.text for hit in answer.nearest)


def retold_twice(world: World) -> None:
    """One more, after the first answer has left the prompt and was asked anew."""
    retold(world)
    _ask_about_club(world, f"On Thursday they speak of {SECRET} in the club.", document=True)
    first = world.turns[0]
    world.chats.replace_answer(first.id, _plain(first, world))


def _plain(turn: Turn, world: World) -> Answer:
    """Another answer to the question, which has nothing to do with the private file."""
    assert turn.answer is not None
    hall = tuple(world.search("repairs of the hall", 9, (str(world.public / "hall.txt"),)))
    grounds = None if world.old else Grounds()
    return replace(turn.answer, text="Closed.", citations=(), nearest=hall, grounds=grounds)


def summary(world: World) -> None:
    """A summary."""
    world.index()
    answer = world.ask("Summarise blood.txt", told(BLOOD[0], BLOOD[0]), told(BLOOD[1], BLOOD[1]))
    assert SECRET in answer.text


def overview(world: World) -> None:
    """A summary of a folder, which tells how many files there are beside those that it names."""
    for number in range(12):
        world.write(world.home / f"{number:02}.txt", f"{HALL} It is number {number}.")
    world.write(world.private / "blood.txt", "Nothing at all.")
    world.index()
    said = told(HALL, HALL)
    answer = world.ask("Summarise the folder files", *(said for _ in range(13)))
    assert "12 of 15 files were read" in answer.text
    world.secret = "of 15 files"


def comparison(world: World) -> None:
    """A comparison with a public document."""
    world.index()
    assert SECRET in world.ask("Compare blood.txt with club.txt", told("x")).text


def computed(world: World) -> None:
    """A figure that was computed from a table."""
    world.write(world.private / "results.csv", RESULTS)
    world.index()
    _compute(world)


def listed(world: World) -> None:
    """A list of files."""
    world.write(world.private / f"{SECRET}.txt", "\n".join(BLOOD))
    world.index()
    assert SECRET in world.ask("Which files are in the library?").text


def counted(world: World) -> None:
    """How many files there are."""
    world.index()
    assert "**3 files**" in world.ask("How many files are there?").text
    world.secret = "**3 files**"


def failed(world: World) -> None:
    """A list of files that could not be read."""
    world.write(world.private / f"{SECRET}.txt", " ")
    world.index()
    assert SECRET in world.ask("Which files could not be read?").text


def pinned(world: World) -> None:
    """An answer in a chat about this one document."""
    world.index()
    _ask_about_blood(world, document=world.private / "blood.txt")


def mail(world: World) -> None:
    """An answer from a mail."""
    text = f"The haemoglobin is eleven {SECRET}, and that is less than it was in the last winter."
    world.write(world.private / "mail.eml", f"Subject: Result\nFrom: a@example.org\n\n{text}\n")
    world.index()
    world.ask("What does the mail say of the haemoglobin?", told(text, text))


def attachment(world: World) -> None:
    """An answer from a file in a mail."""
    _without_blood(world)
    world.write_mail(world.private / "mail.eml", "\n\n".join(BLOOD))
    world.index()
    answer = _ask_about_blood(world)
    assert answer.citations[0].path.endswith("mail.eml!/result.txt")


def mailbox(world: World) -> None:
    """An answer from a mail of a mailbox."""
    _without_blood(world)
    mails = (
        f"From a@example.org Mon May  4 10:00:00 2020\nSubject: {n}\n\n{BLOOD[n]}\n" for n in (0, 1)
    )
    world.write(world.private / "mails.mbox", "\n".join(mails))
    world.index()
    _ask_about_blood(world)


def copy(world: World) -> None:
    """An answer from a copy of it in a public folder."""
    shutil.copy(world.private / "blood.txt", world.public / "a-copy.txt")
    world.index()
    assert _ask_about_blood(world).citations[0].path.startswith(str(world.public))


def other_bytes(world: World) -> None:
    """The same words in a file of another format, broken into other lines."""
    lines = "\n".join(f"  {line}" for line in _wrapped(" ".join(BLOOD), 31))
    world.write(world.public / "a-copy.md", f"# Notes\n\n{lines.replace('spring', 'spr­ing')}\n")
    world.index()
    answer = world.ask(
        "How high was the haemoglobin?",
        told(f"The haemoglobin was eleven {SECRET}.", BLOOD[0].replace("spring", "spr­ing")),
    )
    assert any(hit.path.endswith("a-copy.md") for hit in answer.nearest)


def capitals(world: World) -> None:
    """The same words in capitals, hyphenated, and with other quotation marks."""
    words = BLOOD[0].upper().replace("PATIENT", "PA-\nTIENT")
    world.write(world.public / "a-copy.txt", f"«{words}»")
    world.index()
    world.ask("How high was the haemoglobin?", told("The haemoglobin was eleven.", BLOOD[0]))


def one_sentence(world: World) -> None:
    """One of its sentences in a public letter."""
    letter = f"Dear Anna, it rains a lot. {BLOOD[1]} We hope that you are well in the new flat."
    world.write(world.public / "a-letter.txt", letter)
    world.index()
    world.ask("What does the letter to Anna say?", told("It rains a lot.", "it rains a lot."))


def rows(world: World) -> None:
    """The rows of its table in another order, in another file."""
    world.write(world.private / "results.csv", RESULTS)
    head, *others = RESULTS.splitlines()
    world.write(world.public / "a-results.csv", "\n".join([head, *others[::-1]]) + "\n")
    world.index()
    answer = _compute(world)
    assert any(hit.path.startswith(str(world.public)) for hit in answer.nearest)


def linked(world: World) -> None:
    """A public link to the file, which is found where it lies."""
    (world.public / "a-link.txt").symlink_to(world.private / "blood.txt")
    world.index()
    assert _ask_about_blood(world).citations[0].path.startswith(str(world.private))


def linked_folder(world: World) -> None:
    """A public link to the folder, whose files are found where they lie."""
    (world.home / "a-way-in").symlink_to(world.private, target_is_directory=True)
    world.index()
    assert "a-way-in" not in _ask_about_blood(world).citations[0].path


def hard_link(world: World) -> None:
    """A second name of the same file."""
    (world.public / "a-name.txt").hardlink_to(world.private / "blood.txt")
    world.index()
    assert _ask_about_blood(world).citations[0].path.startswith(str(world.public))


MADE: tuple[Make, ...] = (
    cited,
    read,
    abstained,
    retold,
    retold_twice,
    summary,
    overview,
    comparison,
    computed,
    listed,
    counted,
    failed,
    pinned,
    mail,
    attachment,
    mailbox,
    copy,
    other_bytes,
    capitals,
    one_sentence,
    rows,
    linked,
    linked_folder,
    hard_link,
)


def _ask_about_blood(world: World, document: Path | str = "") -> Answer:
    answer = world.ask(
        "How high was the haemoglobin of the patient?",
        told(f"The haemoglobin of the patient was eleven {SECRET}.", BLOOD[0]),
        document=document,
    )
    assert SECRET in answer.text
    return answer


def _ask_about_club(world: World, said: str, *, document: bool = False) -> Answer:
    path = world.public / "club.txt" if document else ""
    return world.ask("When does the chess club meet?", told(said, CLUB), document=path)


def _compute(world: World) -> Answer:
    query = (
        'SELECT "Test", "Price" FROM data WHERE "Month" = \'June\''
        ' ORDER BY "Price" DESC NULLS LAST LIMIT 1'
    )
    answer = world.ask("Which test of June has the highest price?", query)
    assert SECRET in answer.text
    return answer


def _without_blood(world: World) -> None:
    (world.private / "blood.txt").unlink()


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            yield line
            line = ""
        line = f"{line} {word}".strip()
    yield line


# What happens then.


def nothing(world: World) -> None:
    """Nothing."""


def renamed(world: World) -> None:
    """The private folder is renamed."""
    world.private.rename(world.home / "medical")


def renamed_and_read(world: World) -> None:
    """And the library finds it."""
    renamed(world)
    world.index()


def redefined(world: World) -> None:
    """And the collection goes by the new name; the library does not yet."""
    renamed(world)
    world.mark(world.home / "medical")


def redefined_and_read(world: World) -> None:
    """And the library does, too."""
    redefined(world)
    world.index()


def rewritten(world: World) -> None:
    """And then every file in it is written anew."""
    redefined_and_read(world)
    _rewrite(world.home / "medical", world)
    world.index()


def rewritten_and_back(world: World) -> None:
    """And then something else stands at each of the old paths."""
    names = [path.name for path in world.private.iterdir()]
    redefined(world)
    _rewrite(world.home / "medical", world)
    for name in names:
        world.write(world.private / name, f"Something else altogether, called {name}.")
    world.index()


def above_renamed(world: World) -> None:
    """A folder above it is renamed, and the collection with it; everything is read anew."""
    world.home.rename(world.folder / "house")
    world.home.mkdir()
    world.mark(world.folder / "house" / "health")
    world.index(world.folder / "house")


def moved_out(world: World) -> None:
    """Its files are moved into the public folder."""
    for path in list(world.private.iterdir()):
        path.rename(world.public / f"moved-{path.name}")


def moved_out_and_read(world: World) -> None:
    """And the library finds them there."""
    moved_out(world)
    world.index()


def copied_out_and_deleted(world: World) -> None:
    """Copies are read in a public folder, and the private files are deleted."""
    for path in list(world.private.iterdir()):
        shutil.copy(path, world.public / f"copy-{path.name}")
    world.index()
    _delete(world)
    world.index()


def deleted(world: World) -> None:
    """Its files are deleted; the library still holds their texts."""
    _delete(world)


def deleted_and_read(world: World) -> None:
    """And then it does not."""
    _delete(world)
    world.index()


def all_deleted_and_read(world: World) -> None:
    """All files of the library are deleted, copies as well."""
    for path in [path for path in world.home.rglob("*") if not path.is_dir() or path.is_symlink()]:
        path.unlink()
    world.index()


def changed(world: World) -> None:
    """Its files are written anew."""
    _rewrite(world.private, world)


def changed_and_read(world: World) -> None:
    """And read."""
    _rewrite(world.private, world)
    world.index()


def all_changed_and_read(world: World) -> None:
    """All files are, copies and links as well."""
    _rewrite(world.home, world)
    world.index()


def touched(world: World) -> None:
    """Only their dates change."""
    for path in world.private.iterdir():
        os.utime(path, ns=(7 * 10**17,) * 2)


def taken_out_of_the_library(world: World) -> None:
    """The private folder is taken out of the library."""
    world.library.remove(world.private)


def all_taken_out_of_the_library(world: World) -> None:
    """Everything is."""
    world.library.remove(world.home)


def collection_renamed(world: World) -> None:
    """The collection has another name."""
    world.mark(name="Doctors")


def other_folder(world: World) -> None:
    """The collection is another folder now."""
    (world.home / "letters").mkdir()
    world.mark(world.home / "letters")


def more_folders(world: World) -> None:
    """It has one more."""
    (world.home / "letters").mkdir()
    world.mark(world.private, world.home / "letters")


def collection_deleted(world: World) -> None:
    """There is no collection any more."""
    world.settings.change(collections=())


def mark_off(world: World) -> None:
    """The mark is taken off the collection."""
    world.mark(on=False)


def mark_off_and_renamed(world: World) -> None:
    """And the folder is renamed."""
    mark_off(world)
    renamed_and_read(world)


def off_and_on(world: World) -> None:
    """The mark is taken off, and set again on another collection."""
    mark_off(world)
    other_folder(world)


def cut_anew(world: World) -> None:
    """All documents are cut into other passages, as a later version might."""
    world.library.reopen(tokens=25)
    world.index()


def cut_anew_and_renamed(world: World) -> None:
    """And the folder is renamed, the collection with it."""
    world.library.reopen(tokens=25)
    redefined_and_read(world)


def restarted(world: World) -> None:
    """The program is started anew."""
    world.restart()


def restored(world: World) -> None:
    """A backup is restored after the mark was taken off and everything deleted."""
    backup = world.save()
    mark_off(world)
    deleted_and_read(world)
    world.restore(backup)


def chats_restored(world: World) -> None:
    """Of a backup, only the chats are restored; the folder was renamed since."""
    backup = world.save()
    redefined_and_read(world)
    world.restore(backup, "chats.sqlite")


def library_lost(world: World) -> None:
    """The library is lost, and begun anew after the folder was renamed."""
    redefined(world)
    world.close()
    for path in world.folder.glob("library.sqlite*"):
        path.unlink()
    world.restart()
    world.index()


def links_removed(world: World) -> None:
    """All links and copies in public folders are removed, the private files renamed."""
    for path in world.home.rglob("a-*"):
        path.unlink()
    redefined_and_read(world)


HAPPENS: tuple[Happen, ...] = (
    nothing,
    renamed,
    renamed_and_read,
    redefined,
    redefined_and_read,
    rewritten,
    rewritten_and_back,
    above_renamed,
    moved_out,
    moved_out_and_read,
    copied_out_and_deleted,
    deleted,
    deleted_and_read,
    all_deleted_and_read,
    changed,
    changed_and_read,
    all_changed_and_read,
    touched,
    taken_out_of_the_library,
    all_taken_out_of_the_library,
    collection_renamed,
    other_folder,
    more_folders,
    collection_deleted,
    mark_off,
    mark_off_and_renamed,
    off_and_on,
    cut_anew,
    cut_anew_and_renamed,
    restarted,
    restored,
    chats_restored,
    library_lost,
    links_removed,
)
ENDS_THE_MARK = {collection_deleted, mark_off, mark_off_and_renamed}
"""Without a mark, what is known of where it was is all there is to go by."""


def _delete(world: World) -> None:
    for path in world.private.iterdir():
        path.unlink()


def _rewrite(folder: Path, world: World) -> None:
    for path in [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]:
        world.write(path, f"Something else altogether, called {path.name}.")


# The table.


def attempt(folder: Path, make: Make, happen: Happen, moment: str, *, old: bool = False) -> str:
    """What leaves when something happens at some moment to what was made under the mark."""
    world = World(folder, old=old)
    try:
        world.mark()
        make(world)
        return world.left(lambda: happen(world), moment)
    finally:
        world.close()


def attempt_later(folder: Path, make: Make, happen: Happen, moment: str, *, old: bool) -> str:
    """The same with a mark that is set afterwards, and only then something happens."""
    world = World(folder, old=old)

    def change() -> None:
        world.mark()
        happen(world)

    try:
        make(world)
        return world.left(change, moment)
    finally:
        world.close()


def _cases() -> Iterator[tuple[Make, Happen, str]]:
    """Everything that is made with everything that happens, at one moment after the other."""
    for row, happen in enumerate(HAPPENS):
        for column, make in enumerate(MADE):
            yield make, happen, MOMENTS[(row + column) % len(MOMENTS)]


def _name(value: object) -> str:
    return value if isinstance(value, str) else getattr(value, "__name__", "")


_OFTEN = {renamed, redefined, rewritten_and_back, moved_out_and_read, mark_off, restored}
QUICK = {
    *((cited, happen) for happen in HAPPENS),
    *((make, happen) for make in (retold, copy) for happen in _OFTEN),
    *((make, rewritten) for make in MADE),
}


def _quick() -> Iterator[tuple[Make, Happen, str]]:
    for make, happen, moment in _cases():
        if (make, happen) in QUICK:
            yield make, happen, moment


@pytest.mark.parametrize(("make", "happen", "moment"), list(_quick()), ids=_name)
def test_nothing_of_it_leaves(folder: Path, make: Make, happen: Happen, moment: str) -> None:
    assert SECRET not in attempt(folder, make, happen, moment)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("make", "happen"), [c[:2] for c in _cases()], ids=_name)
def test_nothing_of_it_leaves_at_any_moment(
    folder: Path, make: Make, happen: Happen, moment: str
) -> None:
    assert SECRET not in attempt(folder, make, happen, moment)


@pytest.mark.parametrize("make", MADE, ids=_name)
def test_without_a_mark_it_leaves(folder: Path, make: Make) -> None:
    world = World(folder)
    world.mark(on=False)
    make(world)
    assert SECRET in world.left(lambda: None, "before")
    world.close()


# Turns of an older version, which noted nothing: what can be told by paths and words is.

LEAVES_A_COPY = {
    renamed_and_read,
    rewritten,
    rewritten_and_back,
    moved_out_and_read,
    copied_out_and_deleted,
    deleted_and_read,
    changed_and_read,
    taken_out_of_the_library,
}
"""Of a file and its copy, only the copy in a public folder is left: it is a public file."""


def _old_cases() -> Iterator[tuple[Make, Happen]]:
    for happen in HAPPENS:
        if happen not in ENDS_THE_MARK | {other_folder, off_and_on}:
            yield from ((make, happen) for make in (cited, retold, summary))
            if happen not in LEAVES_A_COPY:
                yield copy, happen


@pytest.mark.parametrize(("make", "happen"), list(_old_cases()), ids=_name)
def test_what_an_older_version_made_stays_while_there_is_a_mark(
    folder: Path, make: Make, happen: Happen
) -> None:
    assert SECRET not in attempt(folder, make, happen, "before", old=True)


# Of an answer that an older version replaced by another, nothing is left to go by; nor do its
# summaries say which folder they counted.
MADE_BEFORE = tuple(make for make in MADE if make not in (retold_twice, overview))


@pytest.mark.parametrize("make", MADE_BEFORE, ids=_name)
def test_everything_that_an_older_version_made_stays_while_there_is_a_mark(
    folder: Path, make: Make
) -> None:
    assert SECRET not in attempt(folder, make, redefined_and_read, "shown", old=True)


# A mark that is set later.


@pytest.mark.parametrize(
    ("make", "old"),
    [*((make, False) for make in MADE), *((make, True) for make in MADE_BEFORE)],
    ids=_name,
)
def test_a_mark_that_is_set_later_holds_for_earlier_answers(
    folder: Path, make: Make, old: bool
) -> None:
    moment = MOMENTS[len(make.__name__) % len(MOMENTS)]
    assert SECRET not in attempt_later(folder, make, nothing, moment, old=old)


@pytest.mark.parametrize(
    "happen",
    [
        renamed_and_read,
        redefined,
        redefined_and_read,
        rewritten,
        deleted,
        deleted_and_read,
        all_deleted_and_read,
        changed_and_read,
        all_taken_out_of_the_library,
        cut_anew,
        cut_anew_and_renamed,
        restarted,
        library_lost,
    ],
    ids=_name,
)
@pytest.mark.parametrize("make", [cited, retold, summary], ids=_name)
def test_so_it_does_after_something_happened(folder: Path, make: Make, happen: Happen) -> None:
    assert SECRET not in attempt_later(folder, make, happen, "before", old=False)


# What may leave, does.


def _a_club(world: World) -> None:
    world.index()
    _ask_about_club(world, "The chess club meets every Thursday.", document=True)


def _edited_elsewhere(world: World) -> None:
    world.write(world.public / "club.txt", f"{CLUB}\n\nIts treasurer is looking for somebody new.")
    world.index()


def _public_renamed(world: World) -> None:
    (world.public / "club.txt").rename(world.public / "chess.txt")
    world.index()


def _another_copy(world: World) -> None:
    shutil.copy(world.public / "club.txt", world.public / "chess.txt")
    world.index()
    (world.public / "club.txt").unlink()
    world.index()


@pytest.mark.parametrize(
    "happen",
    [
        nothing,
        renamed,
        redefined_and_read,
        deleted_and_read,
        changed_and_read,
        collection_renamed,
        mark_off,
        other_folder,
        cut_anew,
        restarted,
        restored,
        library_lost,
        _edited_elsewhere,
        _public_renamed,
        _another_copy,
    ],
    ids=_name,
)
@pytest.mark.parametrize("moment", ["before", "shown"])
@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
def test_what_has_nothing_to_do_with_it_may_leave(
    folder: Path, happen: Happen, moment: str, old: bool
) -> None:
    said = attempt(folder, _a_club, happen, moment, old=old)
    assert CLUB.casefold() in said
    assert "the chess club meets every thursday." in said


def test_a_public_source_of_an_answer_that_stays_may_leave_by_itself(folder: Path) -> None:
    said = attempt(folder, read, nothing, "before")
    assert CLUB.casefold() in said
    assert SECRET not in said


def test_after_the_mark_is_off_a_new_answer_is_free_and_the_old_one_stays(folder: Path) -> None:
    world = World(folder)
    world.mark()
    cited(world)
    mark_off(world)
    world.chat = world.chats.create("").id
    _ask_about_blood(world)
    assert SECRET in world.try_all(lambda: None, "before")
    world.close()


def test_a_private_folder_that_is_not_in_the_library_holds_nothing_up(folder: Path) -> None:
    world = World(folder)
    world.mark()
    world.index(world.public)
    world.index(world.private)
    world.library.remove(world.private)
    _ask_about_club(world, "The chess club meets every Thursday.", document=True)
    assert CLUB.casefold() in world.try_all(lambda: None, "before")
    world.close()


def test_what_could_not_be_told_when_it_was_asked_is_in_doubt_without_the_mark_too(
    folder: Path,
) -> None:
    world = World(folder)
    world.mark()
    world.index()
    redefined(world)  # the library does not know the new name yet
    grounds = _ask_about_blood(world).grounds
    assert grounds is not None
    assert (grounds.local_only, grounds.doubtful) == (False, True)
    assert world.try_all(lambda: mark_off(world), "before").count(SECRET) == 0
    world.mark(world.home / "medical")
    world.index()
    assert SECRET not in world.try_all(lambda: None, "before")
    world.close()


def test_a_drive_that_was_away_is_in_doubt_no_longer_once_it_is_back(folder: Path) -> None:
    world = World(folder)
    world.mark()
    world.index()
    away = world.public.rename(world.folder / "drive")
    _ask_about_club(world, "The chess club meets every Thursday.", document=True)
    assert CLUB.casefold() not in world.try_all(lambda: None, "before")
    away.rename(world.public)
    assert CLUB.casefold() in world.try_all(lambda: None, "before")
    world.close()


def test_without_such_a_collection_nobody_is_asked(tmp_path: Path) -> None:
    def ask(_sources: object, _folders: object) -> tuple[PassagePlace, ...]:
        raise AssertionError("there is nothing to ask")

    settings = SettingsStore(tmp_path / "settings.json")
    private = answer(hit("a"))
    noted = Provenance(settings, ask).noted(private, [turn(hit("b"))], ())
    assert noted.grounds == Grounds(retold="b")
    assert Limits.of((), [Origins((CitedPassage("/x", "y"),))], ask) == Limits()


def test_where_the_library_cannot_be_asked_everything_stays(tmp_path: Path) -> None:
    def ask(_sources: object, _folders: object) -> tuple[PassagePlace, ...]:
        raise WorkerDied("It ended.", "Start it again.")

    settings = SettingsStore(tmp_path / "settings.json")
    noted = Provenance(settings, ask).noted(answer(hit("a")), (), ("/home/me/health",))
    assert noted.grounds == Grounds(local_only=True, passages=("a",))


def test_a_collection_that_is_redefined_while_an_answer_is_written_counts_as_it_was(
    tmp_path: Path,
) -> None:
    settings = SettingsStore(tmp_path / "settings.json")
    noted = Provenance(settings, nowhere_else).noted(answer(hit("a")), (), ("/home/me",))
    assert noted.grounds == Grounds(local_only=True, passages=("a",))


def test_of_very_long_chats_it_is_known_that_not_all_is_known(tmp_path: Path) -> None:
    settings = SettingsStore(tmp_path / "settings.json")
    told_again = [turn(hit(f"{n}"), number=n) for n in range(MOST_RETOLD + 1)]
    noted = Provenance(settings, nowhere_else).noted(answer(hit("a")), told_again, ())
    assert noted.grounds is not None
    assert not noted.grounds.complete
    assert len(noted.grounds.retold.split()) == MOST_RETOLD
    (*_, last) = history_of([*told_again, Turn(0, "?", noted, 0.0)])
    assert Limits(("/elsewhere",)).bar(last) is Bar.UNKNOWN


def test_the_title_of_a_chat_is_never_sent(folder: Path) -> None:
    world = World(folder)
    _a_club(world)
    world.chats.rename(world.chat, f"About {SECRET}")
    assert SECRET not in world.try_all(lambda: None, "before")
    world.close()
