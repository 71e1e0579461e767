"""The shell commands. `app.shell.cli` parses their arguments and prints their errors."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from app.answering.service import AnswerService
from app.conversation import Question, answered
from app.errors import KNOWN_ERRORS, BatchUnreadable, Cancelled
from app.jobs import CancelToken
from app.library.forgetting import RemainingCopies
from app.model_library.elsewhere import found_elsewhere
from app.model_library.service import ModelLibrary
from app.model_library.shipped import PROGRAM
from app.paths import Paths
from app.privacy.egress.gate import Gate
from app.privacy.egress.record import EgressRecord
from app.services import build_services
from app.settings.store import SettingsStore
from app.shell.answer_printer import AnswerPrinter, duration
from app.shell.console import Console, ErrorText
from app.shell.ctrl_c import stoppable
from app.shell.outputs import (
    AdapterOutput,
    AskOutput,
    FailedLine,
    ModelOutput,
    ModelsOutput,
    SearchOutput,
    ask_output,
    hit_output,
    index_output,
    place_name,
    remove_output,
)
from app.shell.session import opened, stopping
from app.shell.window_protocol import Host
from app.user_messages import describe
from app.workers.model_trial import ModelTrial
from rag.indexing.link_resolver import followed_link
from rag.indexing.report import IndexProgress, IndexReport
from rag.parse.failures import FailureReason
from rag.store.files import FailedFile

T = TypeVar("T")
_LINKS_SHOWN = 20


def index(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Adds or updates files and folders."""

    def show(progress: IndexProgress) -> None:
        console.progress(_progress_line(progress))

    follow = [followed_link(str(link.expanduser())) for link in options.follow]
    leave_out = [os.path.abspath(link.expanduser()) for link in options.leave_out]  # noqa: PTH100
    with opened(options, paths) as services, stopping(options) as token:
        if follow or leave_out:
            services.library.choose_links(follow, leave_out)
        report = services.library.add(options.paths, show, token)
    if console.as_json:
        console.result(index_output(report))
    else:
        console.say(
            f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
            f"{report.removed} removed; {report.chunks} passages in the library "
            f"({report.seconds:.1f} s)."
        )
        for failed in report.failed:
            console.say(f"Not read: {failed.path}")
            console.say(f"    {failed.detail}")
        if report.failed:
            reasons = Counter(f.reason.value.replace("_", " ") for f in report.failed)
            console.say(f"Not read, by reason: {_as_counts(reasons.most_common())}.")
        _print_left_out(report, console)
    if report.cancelled:
        raise Cancelled
    named = {os.path.abspath(path.expanduser()) for path in options.paths}  # noqa: PTH100
    return 1 if any(_is_fault(failed, named) for failed in report.failed) else 0


def _is_fault(failed: FailedFile, named: Collection[str]) -> bool:
    """Tells whether a run failed for a file: those of other kinds in folders are left out."""
    left_out = failed.reason in (FailureReason.UNSUPPORTED, FailureReason.CLOUD_ONLY)
    return not left_out or failed.path in named


def _progress_line(progress: IndexProgress) -> str:
    """Returns an indexing run's progress on one line."""
    parts = [f"{progress.stage}:"]
    if progress.fraction is not None:
        parts.append(f"{progress.fraction:.0%},")
    if progress.total:
        parts.append(f"{progress.read} of {progress.total} files")
    elif progress.found:
        parts.append(f"{progress.found} files found")
    elif progress.chunks:
        parts.append(f"{progress.chunks} passages")
    if progress.seconds_left is not None:
        parts[-1] += f", about {duration(progress.seconds_left)} left"
    return f"{' '.join(parts)}  {Path(progress.current).name}".rstrip()


def _print_left_out(report: IndexReport, console: Console) -> None:
    for link in report.left_out[:_LINKS_SHOWN]:
        console.say(f"Left out: {link.path}")
        console.say(f"    leads out of the folder: {link.target}")
        if link.forgotten:
            files = "file" if link.forgotten == 1 else "files"
            console.say(f"    {link.forgotten} {files} under it were removed from the library.")
    more = report.left_out_count - _LINKS_SHOWN
    if more > 0:
        console.say(f"and {more} more links that lead out of their folder")
    if report.kinds:
        console.say(f"Left out by kind or rule: {_as_counts(report.kinds)}.")
    if report.left_out:
        console.say("To read one of them as well: --follow LINK.")


def _as_counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name}: {count:,}" for name, count in counts)


def remove(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Removes a file or folder from the library."""
    with opened(options, paths) as services:
        removal = services.forgetting.remove(options.path)
        left = removal.left
        root = services.library.root_of(options.path)
        also_removed = options.also_in_chats and left.removable
        if also_removed:
            services.forgetting.remove_copies(left)
    if console.as_json:
        console.result(remove_output(removal, also_removed=also_removed))
        return 0
    report = removal.report
    files = "1 file was" if report.removed == 1 else f"{report.removed} files were"
    console.say(
        f"{files} removed from the library; the files themselves stay. {report.chunks} passages "
        f"are left ({report.seconds:.1f} s)."
    )
    if root:
        console.say(
            f"It lies in {root}, which is scanned again: exclude it there in Settings, or it "
            "comes back."
        )
    for line in _remaining_copies_lines(left, also_removed=also_removed):
        console.say(line)
    return 0


def _remaining_copies_lines(left: RemainingCopies, *, also_removed: bool) -> Iterator[str]:
    """Yields lines on where text of removed documents remains, and what to do about it."""
    if left.removable:
        places = [_counted(left.chats, "chat"), _counted(len(left.payloads), "kept payload")]
        where = " and ".join(place for place in places if place)
        if also_removed:
            yield f"Removed from {where} as well."
        else:
            yield f"Its text is also in {where}: --also-in-chats removes it there."
    if left.unread:
        yield "Your chats cannot be read; they may hold its text."
    if left.unsure:
        files = _counted(left.unsure, "kept payload")
        yield f"{files} of deleted chats may hold its text: see egress/payloads."
    for folder in left.set_aside:
        yield f"Older data in {folder} may hold it: delete that folder when you no longer need it."
    if left.collections:
        yield f"It is still in collections: {', '.join(left.collections)}."


def _counted(count: int, noun: str) -> str:
    if count == 0:
        return ""
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"


def ask(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Answers one question, or those of a batch file."""
    document = "" if options.document is None else str(options.document.absolute())
    with _answers(options, paths, document) as answers, stopping(options) as token:

        def asked(text: str) -> Question:
            return Question(text, document=document, passages=options.k)

        def output_of(line_id: object, text: str) -> AskOutput:
            return ask_output(answered(asked(text), answers, token=token), line_id)

        if options.batch is not None:
            return _batch(options.batch, console, output_of, token)
        printer = AnswerPrinter(console)
        answer = answered(asked(options.text), answers, printer, token)
        if console.as_json:
            console.result(ask_output(answer))
        else:
            printer.finish(answer)
        if answer.stopped:
            raise Cancelled
    return 0


def search(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Finds passages for one query, or for those of a batch file."""

    def run(line_id: object, text: str) -> SearchOutput:
        started = time.perf_counter()
        hits = services.library.search(text, options.k)
        seconds = round(time.perf_counter() - started, 4)
        return SearchOutput(tuple(map(hit_output, hits)), seconds, line_id)

    with opened(options, paths) as services, stopping(options) as token:
        if options.batch is not None:
            return _batch(options.batch, console, run, token)
        if console.as_json:
            console.result(run(None, options.text))
            return 0
        for hit in services.library.search(options.text, options.k):
            console.say(f"{hit.rank}. {place_name(hit)}  ({hit.score:.2f})")
            console.say("   " + " ".join(hit.text_with_header.split())[:300])
    return 0


def status(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Shows what the library holds."""
    with opened(options, paths) as services:
        state = services.library.status()
        fault = services.opened_chats.fault
    if fault is not None:
        console.note(describe(fault).shell_words)
    if console.as_json:
        console.result(state)
        return 0
    console.say(f"Data folder   {paths.data}")
    console.say(f"Files         {state.files} ({state.failed} could not be read)")
    console.say(f"Passages      {state.chunks} ({state.vectors} in the vector index)")
    console.say(f"Embedder      {state.embedder}")
    for root in state.roots:
        away = " (not connected; its passages are kept)" if root in state.away else ""
        console.say(f"Added         {root}{away}")
    for path in state.pending:
        console.say(f"Unfinished    {path}; index it again, or open Studiolo, to finish it")
    return 0


def models_list(_: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Lists installed models and those to download."""
    models, adapters = _models(paths), model_library(paths).adapters.all()
    if console.as_json:
        outputs = (AdapterOutput(each.id, each.bytes, each.sha256) for each in adapters)
        console.result(ModelsOutput(models, tuple(outputs)))
        return 0
    for model in models:
        here = f"found in {model.program}, used where it lies" if model.program else "installed"
        here = "comes with Studiolo" if model.program == PROGRAM else here
        state = model.problem or (here if model.installed else "can be downloaded")
        size = f"{model.bytes / 1e9:.1f} GB, needs {model.memory_mb / 1000:.1f} GB of memory"
        console.say(model.id)
        console.say(f"    {model.name}: {size}, {model.licence or 'licence unknown'}")
        console.say(f"    {state}")
        if model.note:
            console.say(f"    {model.note}")
    for adapter in adapters:
        console.say(adapter.id)
        console.say(f"    LoRA adapter: {adapter.bytes / 1e6:.1f} MB, for specialists that name it")
    return 0


def models_add(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Adds a GGUF file."""
    added = model_library(paths).add(options.path)
    return _print_model(added.id, paths, console)


def models_get(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Downloads a model."""

    def show(done: int, total: int) -> None:
        console.progress(f"{options.id}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    settings = SettingsStore(paths.settings)
    gate = Gate(options.launcher, EgressRecord(paths.egress), lambda: settings.current)
    try:
        with stoppable() as token:
            ModelLibrary(paths.models, gate=gate).fetch(options.id, show, token)
    finally:
        gate.close()
    return _print_model(options.id, paths, console)


def models_remove(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Deletes a model."""
    model_library(paths).remove(options.id)
    if console.as_json:
        console.result(ModelsOutput(()))
    console.say(f"{options.id} was removed.")
    return 0


def doctor(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Checks the machine, the models and the data folder; with `--repair`, repairs first."""
    from app.upkeep.doctor import examine

    host: Host | None = options.host
    report = examine(
        paths, mend=options.repair, running=host.services if host is not None else None
    )
    if console.as_json:
        console.result(report)
    for repaired in report.repaired:
        console.say(f"FIXED {repaired.name:<16} {repaired.detail}")
    for check in report.checks:
        console.say(f"{'ok  ' if check.ok else 'FAIL'}  {check.name:<16} {check.detail}")
    return 0 if report.ok else 1


def _batch(
    file: Path,
    console: Console,
    work: Callable[[object, str], object],
    token: CancelToken,
) -> int:
    """Prints one result for each line of `file`; a failed line becomes an error result."""
    failed = 0
    for number, line in _lines(file):
        token.raise_if_cancelled()
        line_id: object = None
        try:
            line_id, text = _question(line, number)
            console.result(work(line_id, text))
        except Cancelled:
            raise
        except KNOWN_ERRORS as error:
            message = describe(error)
            console.result(FailedLine(line_id, ErrorText(message.message, message.shell_advice)))
            failed += 1
    return 1 if failed else 0


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BatchUnreadable(
            f"{file} could not be read: {reason}.", "Name a file with one question per line."
        ) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line


def _question(line: str, number: int) -> tuple[object, str]:
    try:
        fields = json.loads(line)
        return fields.get("id"), str(fields["question"])
    except (ValueError, KeyError, AttributeError) as error:
        raise BatchUnreadable(
            f'Line {number} is not {{"id": …, "question": …}}.', "Correct that line."
        ) from error


@contextmanager
def _answers(options: argparse.Namespace, paths: Paths, document: str) -> Iterator[AnswerService]:
    """Yields the answer service: the window's, or one of this command's own."""
    host: Host | None = options.host
    if host is not None:
        with host.services.answering_with(options.model or "") as answers:
            yield answers
        return
    with closing(build_services(paths, options.model)) as services:
        services.start(document)
        yield services.answers


def model_library(paths: Paths) -> ModelLibrary:
    """Returns the models on this machine, without access to the network."""
    return ModelLibrary(paths.models, trial=ModelTrial(paths), elsewhere=found_elsewhere)


def _print_model(model_id: str, paths: Paths, console: Console) -> int:
    models = tuple(model for model in _models(paths) if model.id == model_id)
    if console.as_json:
        console.result(ModelsOutput(models))
    console.say(f"{model_id} is ready.")
    return 0


def _models(paths: Paths) -> tuple[ModelOutput, ...]:
    """Returns the installed models, then the rest of the catalogue."""
    library = model_library(paths)
    installed = [
        ModelOutput(
            m.id,
            m.name,
            True,
            m.bytes,
            m.memory_mb,
            m.entry.licence if m.entry else "",
            m.problem,
            m.program,
            m.note,
        )
        for m in library.installed()
    ]
    installed_ids = {model.id for model in installed}
    downloadable = [
        ModelOutput(e.id, e.name, False, e.bytes, e.memory_mb, e.licence, "")
        for e in library.catalog.chat_models
        if e.id not in installed_ids
    ]
    return (*installed, *downloadable)
