"""Files dropped on the window go to the library; what cannot be added is reported."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from ui import text
from ui.messages import Notice, Tone
from ui.text import tr


@dataclass(frozen=True, slots=True)
class Dropped:
    """The contents of a drop: paths on this computer, and names of everything else."""

    paths: tuple[str, ...]
    refused: tuple[str, ...]


def dropped(data: QMimeData) -> Dropped:
    """Sorts the contents of a drop."""
    urls = data.urls() if data.hasUrls() else []
    local = tuple(url.toLocalFile() for url in urls if url.isLocalFile() and not url.host())
    foreign = tuple(url.toDisplayString() for url in urls if not url.isLocalFile() or url.host())
    return Dropped(local, foreign)


def can_drop(data: QMimeData) -> bool:
    """Tells whether a drop is handled: files are added, anything else is refused with a notice."""
    return bool(data.formats())


def has_files(data: QMimeData) -> bool:
    """Tells whether it holds files of this computer."""
    return bool(dropped(data).paths)


def refusal(data: QMimeData) -> Notice | None:
    """Says which parts of a drop or paste cannot be added; None if all can."""
    drop = dropped(data)
    if drop.paths and not drop.refused:
        return None
    advice = tr("Only files and folders on this computer can be added.")
    if drop.refused:
        subject = text.listed(drop.refused)
    elif data.hasImage():
        subject = tr("The picture")
        advice = tr("Save it as a file first, then add that.")
    elif data.hasText() or data.hasHtml():
        subject = tr("The text")
    else:
        subject = tr("What was dropped or pasted")
    return Notice(tr("Not added: {0}.").format(subject), advice, Tone.WARNING)


class FieldDrops(QObject):
    """Lets files that are dropped on a text field go on to the widget around it.

    Such a field would insert their URLs. Dropped text is still inserted.

    Args:
        field: of one line or several.
        takes_path: it asks for a file: the path of a dropped file is inserted.
    """

    def __init__(self, field: QLineEdit | QPlainTextEdit, *, takes_path: bool = False) -> None:
        super().__init__(field)
        self._path_field = field if takes_path and isinstance(field, QLineEdit) else None
        target = field.viewport() if isinstance(field, QPlainTextEdit) else field
        target.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ignores dragged files, so that Qt asks the next widget."""
        if not isinstance(event, QDropEvent) or not has_files(event.mimeData()):
            return super().eventFilter(watched, event)
        if self._path_field is None:
            event.ignore()
            return True
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self._path_field.setText(dropped(event.mimeData()).paths[0])
            self._path_field.setFocus(Qt.FocusReason.OtherFocusReason)
        return True


def files_go_on(part: QWidget) -> None:
    """Installs `FieldDrops` on all text fields of a part of the window."""
    fields: list[QLineEdit | QPlainTextEdit] = [*part.findChildren(QLineEdit)]
    fields += part.findChildren(QPlainTextEdit)
    for field in fields:
        if field.findChild(FieldDrops) is None:
            FieldDrops(field)
