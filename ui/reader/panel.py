"""The reader: opens a document at a citation, with the quoted words highlighted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.specialists.records import Quote
from app.user_messages import UserMessage
from rag.formats import DocumentKind
from rag.types import Citation, Hit
from ui import links, text
from ui.bridge import Bridge
from ui.legible import named
from ui.reader.documents import OpenDocument, load
from ui.reader.notices import NoticeStrip, ReaderMessage, state_of
from ui.reader.page_view import PageView
from ui.reader.pages import DrawnPage, Pages
from ui.reader.target import Target
from ui.reader.text_view import TextView
from ui.reader.toolbar import ReaderToolbar
from ui.theme.widgets import line

if TYPE_CHECKING:
    from app.services import Services

LANE = "reader"
_PATIENCE_MS = 150  # a document that loads faster is shown without "Opening…"
_ZOOMS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)


class ReaderPanel(QWidget):
    """Shows one document: PDF as pages, everything else as text.

    Signals:
        closed: the user pressed Esc.
    """

    closed = Signal()

    def __init__(self, services: Services, bridge: Bridge) -> None:
        super().__init__()
        self._services = services
        self._bridge = bridge
        self._target: Target | None = None
        self._open: OpenDocument | None = None
        self._problem = ""
        self._page = 1
        self._count = 0
        self._from_below = False
        self._keep_place = False
        self._as_text = False
        self._opened = 0
        self.toolbar = ReaderToolbar()
        self.notice = NoticeStrip()
        self.page_view = PageView()
        self.text_view = TextView()
        self.message = ReaderMessage(bridge.messages.do)
        self._pages = Pages(services.reader, bridge, self)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._build()
        self._connect()
        self._show(self.message)

    def open(self, source: Citation | Hit) -> None:
        """Opens a source at its page or place, with its words highlighted."""
        self._open_target(Target.of(source))

    def open_path(self, path: str, page: int | None = None) -> None:
        """Opens a document at its beginning, or at a page or slide (1-based)."""
        self._open_target(Target.of_path(path, page))

    def open_quote(self, path: str, quote: Quote | None) -> None:
        """Opens a document at the words behind a cell; at its beginning for None."""
        target = Target.of_path(path, None) if quote is None else Target.of_quote(path, quote)
        self._open_target(target)

    @property
    def selected_words(self) -> str:
        """The words that are selected in the document's text; "" while pages are shown."""
        if not self._shows(self.text_view):
            return ""
        words: str = self.text_view.textCursor().selectedText()
        return words.replace("\u2029", "\n").replace("\u2028", "\n").strip()

    # Opening

    def _open_target(self, target: Target) -> None:
        same = self._open is not None and self._open.path == target.path
        document = self._open if same else None
        if document is not None:
            target = replace(target, kind=document.document.kind)
        self._target, self._open, self._page = target, document, target.page
        self._count = document.page_count if document is not None else 0
        self._problem = ""
        self._as_text = self._from_below = self._keep_place = False
        self._opened += 1
        self._pages.open(target.path, target.quote)
        self._show_head()
        self.notice.say()
        if document is not None:
            self._show_document()
            return
        self.message.show_loading()
        self._patience.start()
        if target.kind is DocumentKind.PDF:  # drawn while its text is still being loaded
            self._pages.ask(self._page, self.page_view.wanted_px)
        self._load(target)

    def _load(self, target: Target) -> None:
        opened, reader = self._opened, self._services.reader

        def loaded(document: OpenDocument) -> None:
            if opened == self._opened:
                self._on_loaded(document)

        def failed(message: UserMessage) -> None:
            if opened == self._opened:
                self._on_failed(message)

        self._bridge.run(LANE, lambda _token, _send: load(reader, target.path), loaded, failed)

    def _on_loaded(self, document: OpenDocument) -> None:
        assert self._target is not None
        shown_before = self._target.kind
        self._open, self._count = document, document.page_count
        self._target = replace(self._target, kind=document.document.kind)
        if self._target.title == text.file_name(document.path):
            self._target = replace(self._target, title=document.document.title)
        self._show_head()
        page_shown = shown_before is DocumentKind.PDF and self._keep_place
        if page_shown and not document.missing:
            self._describe_page()
            self._say_state()
        else:
            self._show_document()

    def _on_failed(self, message: UserMessage) -> None:
        """Shows the error, or the page if that could be drawn without the library."""
        self._patience.stop()
        self._problem = message.message
        if self._keep_place:
            self._say_state()
        else:
            self.message.show_error(message)
            self._show(self.message)

    def _retry(self) -> None:
        if self._target is not None:
            self._open = None
            self._pages.close()
            self._open_target(self._target)

    # Showing

    @property
    def _is_pages(self) -> bool:
        """Whether pages are shown as pictures."""
        document = self._open
        pdf = self._target is not None and self._target.kind is DocumentKind.PDF
        return pdf and not self._as_text and not (document is not None and document.missing)

    def _show_document(self) -> None:
        self._say_state()
        if self._is_pages:
            self._keep_place = False
            self._pages.ask(self._page, self.page_view.wanted_px)
        else:
            self._show_text()
        self._show_tools()

    def _show_text(self) -> None:
        document, target = self._open, self._target
        if document is None or target is None:
            return
        self._patience.stop()
        locator, quote = target.locator, None
        goal = document.pages[self._page].start if self._page in document.pages else 0
        if locator is not None:
            quote = (locator.start, locator.end)
            if locator.page is None or locator.page == self._page:
                goal = locator.start
        self.text_view.setAccessibleName(self._spoken_title())
        self.text_view.show_document(document.layout, goal, quote)
        self._show(self.text_view)
        self._show_tools()

    def _on_page(self, drawn: DrawnPage) -> None:
        if not self._is_pages or drawn.page != self._page:
            return
        self._patience.stop()
        first_shown = not self._shows(self.page_view)
        self.page_view.show_page(
            drawn.image, drawn.highlights, keep_place=self._keep_place and not first_shown
        )
        if self._from_below:
            self.page_view.show_end()
        self._from_below, self._keep_place = False, True
        self._count = drawn.page_count
        self._show(self.page_view)
        self._describe_page()
        self._say_state(not_found=self._quote_is_here() and not drawn.highlights)
        self._show_tools()

    def _on_page_failed(self, message: UserMessage) -> None:
        if not self._is_pages or self._open is None:
            return  # its text is still to come, or has failed already
        self._as_text = True
        self._show_text()
        self.notice.say(message.message, self.tr("This is its text as it was indexed."))

    def _quote_is_here(self) -> bool:
        target = self._target
        return (
            target is not None
            and bool(target.quote)
            and target.locator is not None
            and target.locator.page == self._page
        )

    def _say_state(self, *, not_found: bool = False) -> None:
        about = state_of(self._open, as_pages=self._is_pages, not_found=not_found)
        self.notice.say(self._problem, *about)

    def _show_head(self) -> None:
        target = self._target
        if target is None:
            return
        place = text.place(target.locator, target.kind) if target.locator is not None else ""
        self.toolbar.show_document(target.path, target.title, target.kind, place)
        self._show_tools()

    def _show_tools(self) -> None:
        document, target = self._open, self._target
        is_pdf = target is not None and target.kind is DocumentKind.PDF
        missing = document is not None and document.missing
        self.toolbar.show_page(self._page, self._count, target.kind if target else None)
        self.toolbar.show_as_text(is_pdf and document is not None and not missing, self._as_text)
        if self._is_pages:
            self.toolbar.show_zoom(self.page_view.zoom, True)
        else:
            self.toolbar.show_zoom(self.text_view.zoom, False)
        self.toolbar.show_controls(not self._shows(self.message))

    def _describe_page(self) -> None:
        """Sets the name and text of the page's picture for a screen reader."""
        self.page_view.setAccessibleName(self._spoken_title())
        if self._open is not None:
            self.page_view.setAccessibleDescription(self._open.page_text(self._page))

    def _spoken_title(self) -> str:
        title = named(self._target.title) if self._target is not None else ""
        if not self._is_pages and not (self._open is not None and self._open.page_count):
            return title
        return self.tr("{0}, page {1}").format(title, self._page)

    # Moving about

    def _turn(self, step: int) -> None:
        page = min(max(1, self._page + step), max(1, self._count))
        if page == self._page:
            return
        self._page = page
        if self._is_pages:
            self._keep_place = False
            self._pages.ask(page, self.page_view.wanted_px)
        elif self._open is not None and page in self._open.pages:
            self.text_view.go_to(self._open.pages[page].start)
        self._show_tools()

    def _turn_from_edge(self, step: int) -> None:
        self._from_below = step < 0 and self._page > 1
        self._turn(step)

    def _on_text_place(self, offset: int) -> None:
        """Updates the page number while the text is scrolled."""
        if self._open is not None and self._open.pages and not self._is_pages:
            self._page = self._open.page_at(offset)
            self._show_tools()

    def _zoom(self, step: int) -> None:
        current = self.page_view.zoom if self._is_pages else self.text_view.zoom
        larger = [zoom for zoom in _ZOOMS if zoom > current + 0.01]
        smaller = [zoom for zoom in _ZOOMS if zoom < current - 0.01]
        chosen = larger[:1] if step > 0 else smaller[-1:]
        if chosen:
            self._set_zoom(chosen[0])

    def _set_zoom(self, zoom: float) -> None:
        if self._is_pages:
            self.page_view.set_zoom(zoom)
        else:
            self.text_view.set_zoom(zoom)
        self._show_tools()

    def _on_width(self, width_px: int) -> None:
        if self._target is not None and self._is_pages:
            self._pages.ask(self._page, width_px)

    def _set_as_text(self, as_text: bool) -> None:
        self._as_text = as_text
        self._show_document()

    def _open_externally(self) -> None:
        """Offers to open the file in another program, with its full path."""
        path = self._target.path if self._target is not None else ""
        if path:
            links.offer(self, path, lambda: self._not_opened(path))

    def _not_opened(self, path: str) -> None:
        self._bridge.messages.error(
            UserMessage(
                self.tr("The file could not be opened in its own program."),
                self.tr("Check whether it is still at {0}.").format(path),
            )
        )

    # Building

    def _shows(self, widget: QWidget) -> bool:
        return self._body.currentWidget() is widget

    def _show(self, widget: QWidget) -> None:
        self._body.setCurrentWidget(widget)
        self.toolbar.setVisible(self._target is not None)
        self.setFocusProxy(widget)

    def _show_loading(self) -> None:
        self._show(self.message)

    def _build(self) -> None:
        self.setAccessibleName(self.tr("Reader"))
        self._body = QStackedWidget()
        for widget in (self.message, self.page_view, self.text_view):
            self._body.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(line())
        column.addWidget(self.notice)
        column.addWidget(self._body, 1)

    def _connect(self) -> None:
        self._patience.timeout.connect(self._show_loading)
        self._pages.ready.connect(self._on_page)
        self._pages.failed.connect(self._on_page_failed)
        self.page_view.width_wanted.connect(self._on_width)
        self.page_view.turned.connect(self._turn_from_edge)
        self.text_view.place_changed.connect(self._on_text_place)
        self.message.retry_pressed.connect(self._retry)
        self.toolbar.page_step.connect(self._turn)
        self.toolbar.zoom_step.connect(self._zoom)
        self.toolbar.fit_pressed.connect(lambda: self._set_zoom(1.0))
        self.toolbar.text_toggled.connect(self._set_as_text)
        self.toolbar.external_pressed.connect(self._open_externally)
        for keys, act in (
            (QKeySequence(Qt.Key.Key_Escape), self.closed.emit),
            (QKeySequence("Ctrl++"), lambda: self._zoom(1)),
            (QKeySequence("Ctrl+="), lambda: self._zoom(1)),
            (QKeySequence("Ctrl+-"), lambda: self._zoom(-1)),
            (QKeySequence("Ctrl+0"), lambda: self._set_zoom(1.0)),
            (QKeySequence("Ctrl+PgDown"), lambda: self._turn(1)),
            (QKeySequence("Ctrl+PgUp"), lambda: self._turn(-1)),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
