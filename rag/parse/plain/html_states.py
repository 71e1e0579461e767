"""Rewrites a page before it is read: what a reader cannot see goes, and states become words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.parse.state_words import choice, field

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_MOST_CONTROLS = 100_000
_HIDING = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_LONGEST_STYLE = 2_000
_WHOLE = frozenset(("html", "body", "main"))  # scripts show these when the page has loaded
_TYPED = frozenset(
    (
        *("", "text", "email", "tel", "url", "number", "date", "datetime-local", "month", "week"),
        *("time", "range", "color"),
    )
)
_TICKED, _EMPTY = " \u2611 ", " \u2610 "
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


def remove_hidden(tree: LexborHTMLParser) -> None:
    """Removes elements that a page hides by attribute or inline style, and closed dialogs."""
    for node in reversed(tree.css("[hidden], [style], dialog:not([open])")):  # inner ones first
        style = (node.attributes.get("style") or "")[:_LONGEST_STYLE]
        hidden = "hidden" in node.attributes or node.tag == "dialog" or _HIDING.search(style)
        if hidden and node.tag not in _WHOLE:
            node.decompose()


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
    labelled = {str(label.attributes.get("for")) for label in tree.css("label[for]")}
    for count, node in enumerate(reversed(tree.css("input, select, textarea"))):
        if count >= _MOST_CONTROLS:
            break
        node.replace_with(_control(node, labelled))


def _control(node: LexborNode, labelled: set[str]) -> str:
    if node.tag == "select":
        chosen = node.css("option[selected]")
        return f" {choice(', '.join(' '.join(o.text().split()) for o in chosen))} "
    kind = (node.attributes.get("type") or "").casefold()
    if node.tag == "input" and kind in ("checkbox", "radio"):
        return _TICKED if "checked" in node.attributes else _EMPTY
    if node.tag == "input" and kind not in _TYPED:
        return ""
    value = node.text() if node.tag == "textarea" else node.attributes.get("value") or ""
    value = " ".join(value.split())
    return f" {field(value)} " if value or _has_label(node, labelled) else ""


def _has_label(node: LexborNode, labelled: set[str]) -> bool:
    above: LexborNode | None = node.parent
    for _ in range(_LABEL_ABOVE):
        if above is None or above.tag == "label":
            return above is not None
        above = above.parent
    return node.attributes.get("id") in labelled
