"""Rewrites a page before it is read: what a reader cannot see goes, and states become words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.parse.state_words import choice, field
from rag.text.tick_marks import NOT_SELECTED, NOT_TICKED, SELECTED, TICKED

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from rag.parse.plain.html_styles import Styles

_MOST_CONTROLS = 100_000
_HIDING = frozenset(("none", "hidden", "collapse"))  # of "display" and "visibility"
# Scripts show the first ones when the page has loaded; the others hold no text of the page.
_NEVER_REMOVED = frozenset(("html", "body", "main", "head", "style", "script", "title"))
_TYPED = frozenset(
    (
        *("", "text", "email", "tel", "url", "number", "date", "datetime-local", "month", "week"),
        *("time", "range", "color"),
    )
)
_TICK_ROLES = frozenset(("checkbox", "radio", "switch", "menuitemcheckbox", "menuitemradio"))
_CONTROLS = "input, select, textarea, progress, meter, datalist, [role][aria-checked]"
_LONGEST_LABEL = 200  # characters
_LABEL_ABOVE = 3  # elements between a field and its label
# Landmarks of HTML and ARIA that hold no content of the page itself.
_FURNITURE = (
    "body > header, body > footer, body > aside, [role=navigation], [role=banner], "
    "[role=contentinfo], [role=search], [role=dialog], [role=alertdialog], [role=menu], "
    "[role=menubar]"
)
_LEAST_CONTENT = 100  # characters of a main element that is not a shell for scripts
_MENU_LINKS = 4
_MENU_SHARE = 0.8  # of the text of a list that is links


def remove_hidden(tree: LexborHTMLParser, styles: Styles) -> int:
    """Removes what a page does not show, and closed dialogs.

    What a reader can open stays, such as the answer under a question and the notes of a book: where
    a style sheet shows it when they act, a control names it (`aria-controls`), or a link leads to
    it.

    Returns:
        How many elements with text were removed.
    """
    opened = {
        name
        for node in itertools.islice(tree.css("[aria-controls]"), _MOST_CONTROLS)
        for name in (node.attributes.get("aria-controls") or "").split()
    }
    opened |= {
        (node.attributes.get("href") or "")[1:]
        for node in itertools.islice(tree.css("a[href^='#']"), _MOST_CONTROLS)
    }
    hidden = tree.css("dialog:not([open])")
    for name in ("display", "visibility"):
        for node, value in styles.having(name):
            can_open = (
                node.attributes.get("id") in opened
                or styles.shows_at_times(node)
                or "note" in (node.attributes.get("epub:type") or "")
            )
            if value in _HIDING and node.tag not in _NEVER_REMOVED and not can_open:
                hidden.append(node)
    shown = [node for node, value in styles.having("visibility") if value == "visible"]
    kept = {above.mem_id for node in shown for above in _above(node)} if hidden else set()
    count = 0
    chosen = {node.mem_id for node in hidden}
    for node in reversed(tree.css("*") if chosen else []):  # inner ones first
        if node.mem_id not in chosen:
            continue
        if node.mem_id in kept and styles.value(node, "display") != "none" and node.tag != "dialog":
            continue  # something in it is visible
        count += bool(node.text().strip())
        node.decompose()
    return count


def _above(node: LexborNode) -> Iterator[LexborNode]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def remove_furniture(tree: LexborHTMLParser) -> bool:
    """Removes menus, headers, footers and banners of a saved page; tells whether there were any.

    A page's one main element or article is its content, as the HTML standard defines them.
    Elsewhere landmarks are removed, and lists that are nearly all links.
    """
    body = tree.body
    if body is None:
        return False
    content = _content(tree)
    if content is not None:
        return _keep_only(tree, body, content)
    removed = False
    for node in reversed(tree.css(_FURNITURE)):
        node.decompose()
        removed = True
    text = len(body.text())
    for node in reversed(tree.css("ul, ol")):
        links = node.css("a")
        length = len(node.text().strip())
        linked = sum(len(link.text().strip()) for link in links)
        if len(links) >= _MENU_LINKS and linked > _MENU_SHARE * length and length * 2 < text:
            node.decompose()
            removed = True
    return removed


def _content(tree: LexborHTMLParser) -> LexborNode | None:
    for selector in ("main, [role=main]", "article"):
        nodes = tree.css(selector)
        if len(nodes) == 1 and len(nodes[0].text().strip()) >= _LEAST_CONTENT:
            return nodes[0]
    return None


def _keep_only(tree: LexborHTMLParser, body: LexborNode, content: LexborNode) -> bool:
    """Removes what lies beside the content; the page's first heading stays if it has none."""
    heading = None if content.css_first("h1") else tree.css_first("h1")
    whole = [node for node in (content, heading) if node is not None]
    kept = {node.mem_id for node in whole}
    path: dict[int, LexborNode] = {body.mem_id: body}
    for node in whole:
        above = node.parent
        while above is not None and above.mem_id not in path:
            path[above.mem_id] = above
            above = above.parent
    removed = False
    for parent in path.values():
        for child in list(parent.iter(include_text=True)):
            if child.mem_id not in kept and child.mem_id not in path:
                removed = removed or bool((child.text() or "").strip())
                child.decompose()
    return removed


def states_in_words(tree: LexborHTMLParser) -> None:
    """Replaces controls by what they show.

    Check boxes and radio buttons become signs, which the text's own lines turn into words.
    """
    labels = _labels(tree)
    for count, node in enumerate(reversed(tree.css(_CONTROLS))):
        if count >= _MOST_CONTROLS:
            break
        if node.tag == "datalist":
            node.decompose()  # suggestions, which are shown only while one types
        elif node.tag in ("input", "select", "textarea", "progress", "meter"):
            node.replace_with(_control(node, labels))
        elif node.attributes.get("role") in _TICK_ROLES:
            is_on = node.attributes.get("aria-checked") == "true"
            sign = _sign(is_on, str(node.attributes.get("role")))
            first = next(node.iter(include_text=True), None)
            if first is not None:
                first.insert_before(sign)  # a block's sign is part of its line
            else:
                node.insert_before(sign)


def _labels(tree: LexborHTMLParser) -> dict[str, str]:
    """Returns the words of labels by the identifiers of their controls."""
    labels = itertools.islice(tree.css("label[for]"), _MOST_CONTROLS)
    return {str(label.attributes.get("for")): label.text().strip() for label in labels}


def _control(node: LexborNode, labels: dict[str, str]) -> str:
    kind = (node.attributes.get("type") or "").strip().casefold()
    if node.tag == "select":
        words = choice(_chosen(node))
    elif node.tag in ("progress", "meter"):
        words = _share(node)
    elif node.tag == "input" and kind in ("checkbox", "radio"):
        return _sign("checked" in node.attributes, kind)
    elif node.tag == "input" and kind not in _TYPED:
        return ""
    else:
        value = node.text() if node.tag == "textarea" else node.attributes.get("value") or ""
        value = " ".join(value.split())
        has_name = _has_label(node, labels) or _own_label(node)
        words = field(value) if value or has_name else ""
    label = _own_label(node)
    if not words or not label or _has_label(node, labels):
        return f" {words} " if words else ""
    return f" {label.rstrip(' :*')}: {words} "


def _sign(is_on: bool, kind: str) -> str:
    if "radio" in kind:
        return f" {SELECTED if is_on else NOT_SELECTED} "
    return f" {TICKED if is_on else NOT_TICKED} "


def _own_label(node: LexborNode) -> str:
    """Returns the label that only programs that read a page aloud tell; "" if it has none."""
    return " ".join((node.attributes.get("aria-label") or "").split())[:_LONGEST_LABEL]


def _chosen(node: LexborNode) -> str:
    """Returns the chosen entries of a list; without a choice, browsers show the first one."""
    options = node.css("option")
    chosen = [option for option in options if "selected" in option.attributes]
    is_list = "multiple" in node.attributes or _figure(node, "size", 1) > 1
    if not is_list:
        enabled = [option for option in options if "disabled" not in option.attributes]
        chosen = chosen[-1:] or enabled[:1]
    if not is_list and chosen:
        first = chosen[0].attributes
        if first.get("value") == "" or "disabled" in first:  # it asks for a choice
            return ""
    return ", ".join(
        " ".join((option.text().strip() or option.attributes.get("label") or "").split())
        for option in chosen
    )


def _share(node: LexborNode) -> str:
    """Returns how full a bar is."""
    if "value" not in node.attributes:
        return node.text().strip()
    value, most = _figure(node, "value", 0), _figure(node, "max", 1)
    least = _figure(node, "min", 0) if node.tag == "meter" else 0
    words = " ".join(node.text().split())
    if most <= least or words:
        return words
    return f"{min(max((value - least) / (most - least), 0), 1):.0%}"


def _figure(node: LexborNode, name: str, default: float) -> float:
    try:
        figure = float(node.attributes.get(name) or "")
    except ValueError:
        return default
    return figure if math.isfinite(figure) else default


def _has_label(node: LexborNode, labels: dict[str, str]) -> bool:
    above: LexborNode | None = node.parent
    for _ in range(_LABEL_ABOVE):
        if above is None or above.tag == "label":
            return above is not None
        above = above.parent
    return bool(labels.get(str(node.attributes.get("id"))))
