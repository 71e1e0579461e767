"""Form controls of OpenDocument in words: check boxes, radio buttons, lists and fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from rag.parse.office.odf_names import DRAW, FORM, between
from rag.parse.safe_xml import attributes, local
from rag.parse.state_words import choice, field
from rag.text.tick_marks import NOT_SELECTED, SELECTED

_IDS = (f"{FORM}id", "{http://www.w3.org/XML/1998/namespace}id")
_FIELDS = frozenset(
    ("text", "textarea", "date", "time", "number", "formatted-text", "combobox", "password", "file")
)
_LABELS = frozenset(("fixed-text", "button"))
_BOXES = frozenset(("checkbox", "radio"))  # the words beside one say what it is
_IN_TABLES = f"{FORM}grid"  # whose columns hold what a database has, not what was filled in
_MOST_ENTRIES = 10_000
_BLANKS = " \u2002\u00a0"


class OdfControls:
    """The controls of a document by their id.

    Args:
        content: the root that holds the forms.
        roots: all roots in which controls may stand.
    """

    def __init__(self, content: etree._Element, roots: Sequence[etree._Element]) -> None:
        self._roots = roots
        self._placed: set[str] | None = None  # ids of controls that stand in the text
        self._controls: dict[str, etree._Element] = {}
        for forms in content.iter("{urn:oasis:names:tc:opendocument:xmlns:office:1.0}forms"):
            for control in forms.iter():
                for name in _IDS:
                    if name in control.attrib:
                        self._controls[str(control.get(name))] = control

    def words(self, name: str, before: str = "") -> str:
        """Returns the state of a control as text; "" for one that has none.

        A box is a sign before its label (☒ or ☐), as in other text.

        Args:
            name: its id.
            before: the text before it in its paragraph, which may say what it is.
        """
        control = self._controls.get(name)
        if control is None:
            return ""
        title = str(control.get(f"{FORM}title", "") or control.get(f"{FORM}name", ""))
        has_words = local(control) in _BOXES or title.casefold() in before.casefold()
        return _state(control, "" if has_words else title)

    def loose(self, forms: etree._Element) -> Iterator[str]:
        """Yields the states of those controls of some forms that stand nowhere in the text.

        Text that names a control is its title; buttons have no state.

        Args:
            forms: the element.
        """
        if self._placed is None:
            controls = (control for root in self._roots for control in root.iter(f"{DRAW}control"))
            self._placed = {str(control.get(f"{DRAW}control")) for control in controls}
        labels: dict[str, str] = {}  # ids -> the text that names them
        for text in forms.iter(f"{FORM}fixed-text"):
            for name in str(text.get(f"{FORM}for", "")).replace(",", " ").split():
                labels[name] = str(text.get(f"{FORM}label", ""))
        for control in forms.iter(f"{FORM}*"):
            names = [str(control.get(name)) for name in _IDS if name in control.attrib]
            is_label = local(control) == "fixed-text" and control.get(f"{FORM}for")
            if is_label or local(control) == "button" or not self._placed.isdisjoint(names):
                continue
            if next(control.iterancestors(_IN_TABLES), None) is None:
                label = next((labels[name] for name in names if labels.get(name)), "")
                title = label or control.get(f"{FORM}title") or control.get(f"{FORM}name") or ""
                yield _state(control, str(title))


def _state(control: etree._Element, title: str) -> str:
    """Returns the state of a control as text; a box is a sign before its own label."""
    kind = local(control)
    label = str(control.get(f"{FORM}label", ""))
    if kind in _LABELS:
        return label
    if kind == "checkbox":
        state = control.get(f"{FORM}current-state") or control.get(f"{FORM}state")
        return f"{'☒' if state == 'checked' else '☐'} {label or title}"
    if kind == "radio":
        state = control.get(f"{FORM}current-selected") or control.get(f"{FORM}selected")
        return f"{SELECTED if state == 'true' else NOT_SELECTED} {label or title}"
    if kind == "listbox":
        return choice(", ".join(_selected(control)), title)
    if kind in _FIELDS:
        value = control.get(f"{FORM}current-value") or control.get(f"{FORM}value") or ""
        return field(str(value), title)
    return ""


def _selected(listed: etree._Element) -> list[str]:
    options = list(listed.iterchildren(f"{FORM}option"))
    for name in (f"{FORM}current-selected", f"{FORM}selected"):
        chosen = [o for o in options if o.get(name) == "true"]
        if chosen:
            return [str(o.get(f"{FORM}label", "")) for o in chosen]
    return []


def field_mark(mark: etree._Element) -> str:
    """Returns the state of a form field that came from another office program; "" for others."""
    values = [{name.rpartition("}")[2]: text for name, text in attributes(p)} for p in mark]
    kind = next((text for name, text in attributes(mark) if name.endswith("}type")), "")
    if kind.endswith("FORMCHECKBOX"):
        named = [v.get("value") for v in values if v.get("name") == "Checkbox_Checked"]
        return "☒" if named and named[-1] == "true" else "☐"
    if kind.endswith("FORMDROPDOWN"):
        entries = [v.get("value", "") for v in values if v.get("name") == "Dropdown_ListEntry"]
        at = [v.get("value", "") for v in values if v.get("name") == "Dropdown_Selected"]
        chosen = between(at[-1], 0, _MOST_ENTRIES) if at else -1
        return choice(entries[chosen] if 0 <= chosen < len(entries) else "")
    return ""


def content_control(control: etree._Element, text: str) -> str:
    """Returns the state of a content control (check box, list or field) with this text."""
    values = {name.rpartition("}")[2]: value for name, value in attributes(control)}
    placeholder = values.get("showing-place-holder") == "true"
    if values.get("checkbox") == "true":
        return "☒" if values.get("checked") == "true" else "☐"
    if values.get("dropdown") == "true" or values.get("combobox") == "true" or _has_list(control):
        return choice("" if placeholder else text)
    return field("") if placeholder else text


def _has_list(control: etree._Element) -> bool:
    return any(local(child) == "list-item" for child in control)
