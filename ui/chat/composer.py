"""The question field: Enter sends, Shift+Enter begins a line, Stop ends the answer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from ui.drops import has_files
from ui.inert import plain
from ui.theme.theme import restyle, set_icon
from ui.theme.tokens import SIZES, SPACE, TYPE
from ui.theme.widgets import icon_button, label

_MOST_LINES = 8
_NARROWEST = 280  # pixels
_TOOL_EDGE = 6


class QuestionField(QPlainTextEdit):
    """Grows with the text, up to eight lines.

    Signals:
        submitted: Enter was pressed.
        focused: carries whether it has the focus.
        others_pasted: something other than text was pasted; carries the `QMimeData`.
    """

    submitted = Signal()
    focused = Signal(bool)
    others_pasted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "bare")
        self.setAccessibleName(self.tr("Your question"))
        self.setPlaceholderText(self.tr("Ask your documents…"))
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * TYPE.reading)
        self.setFont(font)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.document().clearUndoRedoStacks()  # setting the font counts as a change
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Sends on Enter; begins a line on Shift+Enter."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.submitted.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leaves Ctrl+Z to the window when the field has nothing to undo."""
        undo = QKeySequence.StandardKey.Undo
        asks = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if asks and event.matches(undo) and not self.document().isUndoAvailable():  # type: ignore[attr-defined]
            event.ignore()
            return False
        return super().event(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Accepts text only. Dropped files go to the window, which adds them."""
        return not has_files(source) and super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Inserts pasted text; emits anything else as `others_pasted`."""
        if source.formats() and not self.canInsertFromMimeData(source):
            self.others_pasted.emit(source)
        else:
            super().insertFromMimeData(source)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapts the height: the text wraps differently."""
        super().resizeEvent(event)
        self._fit()

    def focusInEvent(self, event: QEvent) -> None:
        """Announces the focus to the frame around it."""
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.focused.emit(True)

    def focusOutEvent(self, event: QEvent) -> None:
        """Announces the loss of focus to the frame around it."""
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.focused.emit(False)

    def sizeHint(self) -> QSize:
        """Returns the height that was set."""
        return QSize(super().sizeHint().width(), self.height())

    def _fit(self) -> None:
        line = QFontMetrics(self.font()).lineSpacing()
        lines = int(self.document().size().height())  # a plain text document measures in lines
        visible_lines = max(1, min(lines, _MOST_LINES))
        too_many = lines > _MOST_LINES
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if too_many else policy.ScrollBarAlwaysOff
        )
        self.setFixedHeight(visible_lines * line + 6)


class Composer(QWidget):
    """The question field with its button, small tools, and a line of text under them.

    Signals:
        asked: carries the question, not empty.
        stopped: the user pressed Stop.
    """

    asked = Signal(str)
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._running = False
        self._reason = ""
        self._remark = ""
        self._tool: QWidget | None = None
        self.field = QuestionField()
        self._button = icon_button("send", "", self._on_button, kind="primary", size=20)
        self._hint = label(role="caption", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._frame = QFrame()
        self._frame.setObjectName("composer")
        self._tools = QHBoxLayout()
        self._tools.setContentsMargins(0, 0, 0, 0)
        self._tools.setSpacing(SPACE.tight)
        self._tools.addStretch(1)
        self._tools.addWidget(self._button)
        inside = QVBoxLayout(self._frame)
        inside.setContentsMargins(_TOOL_EDGE, 10, SPACE.tight, SPACE.tight)
        inside.setSpacing(SPACE.hair)
        words = QHBoxLayout()
        words.setContentsMargins(SPACE.tight, 0, 0, 0)  # aligned with the text of the tools
        words.addWidget(self.field)
        inside.addLayout(words)
        inside.addLayout(self._tools)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(SPACE.tight)
        self._column.addWidget(self._frame)
        self._column.addWidget(self._hint)
        self.field.submitted.connect(self._send)
        self.field.textChanged.connect(self._refresh)
        self.field.focused.connect(lambda on: restyle(self._frame, focused=on))
        self.setFocusProxy(self.field)
        self._refresh()

    @property
    def running(self) -> bool:
        """Whether an answer is being written, so that the button says Stop."""
        return self._running

    def set_tool(self, tool: QWidget) -> None:
        """Puts a small control at the left end, below the question."""
        self._tools.insertWidget(self._tools.count() - 2, tool)
        self._tool = tool
        self.setTabOrder(self.field, tool)
        self.setTabOrder(tool, self._button)

    def set_running(self, running: bool) -> None:
        """Switches the button between Stop and Send."""
        self._running = running
        self._refresh()

    def set_reason(self, reason: str) -> None:
        """Shows why no question can be asked; "" when one can."""
        self._reason = reason
        self._refresh()

    def set_remark(self, remark: str) -> None:
        """Shows a remark about answers, such as that documents are still read; "" for none."""
        self._remark = remark
        self._refresh()

    @property
    def draft(self) -> str:
        """The text that is written and not sent."""
        return self.field.toPlainText()

    def show_draft(self, text: str) -> None:
        """Shows the unsent text of the chat that is shown now."""
        if text != self.draft:
            self.field.setPlainText(text)
            self.field.moveCursor(QTextCursor.MoveOperation.End)

    def put(self, question: str) -> None:
        """Writes a question for the user to change or send; Undo restores the previous text."""
        cursor = self.field.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(question)
        self.field.moveCursor(QTextCursor.MoveOperation.End)
        self.field.setFocus()

    def minimumSizeHint(self) -> QSize:
        """Lets the margins shrink before the window has to grow."""
        return QSize(_NARROWEST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Aligns the field with the column of prose above it."""
        super().resizeEvent(event)
        side = max(SPACE.wide, (self.width() - SIZES.reading) // 2)
        self._column.setContentsMargins(side - 4, SPACE.tight, side - 4, SPACE.small)

    def _on_button(self) -> None:
        if self._running:
            self.stopped.emit()
        else:
            self._send()

    def _send(self) -> None:
        question = self.field.toPlainText().strip()
        if question and not self._running and not self._reason:
            self.field.clear()
            self.asked.emit(question)

    def _refresh(self) -> None:
        self.field.setEnabled(not self._reason)
        if self._tool is not None:
            self._tool.setEnabled(not self._reason)
        writes = bool(self.field.toPlainText().strip())
        self._button.setEnabled(self._running or (writes and not self._reason))
        name = self.tr("Stop (Esc)") if self._running else self.tr("Send (Enter)")
        set_icon(self._button, "stop" if self._running else "send", "on_accent", 20)
        self._button.setAccessibleName(self.tr("Stop") if self._running else self.tr("Send"))
        self._button.setToolTip(plain(name))
        calm = self.tr("Answers come from your documents only. Nothing leaves this computer.")
        self._hint.setText(self._reason or self._remark or calm)
