"""Finds what the style sheets of a page declare for its elements, in the order of the cascade.

CSS Cascading and Inheritance, level 4. Only a few properties are looked at, and no inheritance:
whoever asks knows what the property inherits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_LONGHANDS = {"list-style": "list-style-type", "text-decoration": "text-decoration-line"}
PROPERTIES = frozenset(
    ("display", "visibility", "list-style-type", "text-decoration-line", "vertical-align")
)
"""The properties that are looked at."""
_SAYS_SOMETHING = re.compile(
    r"display\s*:|visibility\s*:|list-style|line-through|vertical-align", re.IGNORECASE
)
_SAYS_MORE = re.compile(r"list-style|line-through|vertical-align", re.IGNORECASE)
# A value of "display" or "visibility" that hides, perhaps spelled with escapes.
_HIDES = re.compile(r"none|hidden|collapse|\\", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_RULE = re.compile(r"[^{}]*+\{([^{}]*+)\}")
_MOST_SHEETS = 4_000_000  # characters of style sheets
_MOST_PARSED = 200_000  # of them, those with these properties: about a second
_MOST_SELECTORS = 1_000  # that can match
_MOST_MATCHES = 500_000  # elements of all of them
_LONGEST_STYLE = 2_000  # characters of a style attribute
_DEEPEST = 3  # rules in rules
_SCREEN = re.compile(r"(?:only\s+)?(?:all|screen)")
_PAPER = re.compile(r"(?:only\s+)?(?:print|speech|aural|braille|embossed)\b.*")
# What a reader does to the page: pointing at an element, opening it.
_BY_READER = re.compile(
    r":(?:hover|focus(?:-within|-visible)?|active|target(?:-within)?|checked)(?![\w-])",
    re.IGNORECASE,
)

_ALWAYS = ":nth-child(n)"

_Priority = tuple[bool, bool, tuple[int, ...], int]  # important, inline, specificity, order


class Styles:
    """What a page declares for its elements; no elements may be added while it is used.

    Call `forget_removed` after removing some, before `having` is asked again.

    Args:
        tree: of the page.
        beside: rules of style sheets beside the page.
    """

    def __init__(self, tree: LexborHTMLParser, beside: str = "") -> None:
        self._tree = tree
        self._declared: dict[int, dict[str, tuple[_Priority, str]]] = {}
        self._at_times: set[int] = set()
        self._nodes: dict[int, LexborNode] = {}
        self._order = 0
        self._matches = self._selectors = 0
        self._names: frozenset[str] | None = None
        sheets = f"{beside}\n{_sheets(tree)}".strip()
        if sheets and (_SAYS_MORE.search(sheets) or _hides(tree, sheets)):
            import tinycss2

            rules = tinycss2.parse_stylesheet(sheets, skip_comments=True, skip_whitespace=True)
            self._take_rules(rules, is_certain=True)
        self._take_attributes()

    def value(self, node: LexborNode, name: str) -> str:
        """Returns an element's own value of a property in small letters; "" if it has none."""
        return self._declared.get(node.mem_id, {}).get(name, ((), ""))[1]

    def having(self, name: str) -> Iterator[tuple[LexborNode, str]]:
        """Yields the elements for which a property is declared, and its value."""
        for key, node in self._nodes.items():
            values = self._declared[key]
            if name in values:
                yield node, values[name][1]

    def shows_at_times(self, node: LexborNode) -> bool:
        """Tells whether a rule shows the element on other screens, or when a reader acts."""
        return node.mem_id in self._at_times

    def forget_removed(self) -> None:
        """Forgets the elements that were removed; they must not be looked at any more."""
        present = {node.mem_id for node in self._tree.css("*")} if self._nodes else set()
        self._nodes = {key: node for key, node in self._nodes.items() if key in present}

    def _take_rules(self, rules: Iterable[Any], *, is_certain: bool, depth: int = 0) -> None:
        import tinycss2

        for rule in rules:
            if rule.type == "qualified-rule":
                self._take_rule(rule, is_certain=is_certain)
            elif rule.type == "at-rule" and rule.content is not None and depth < _DEEPEST:
                keyword = rule.lower_at_keyword
                condition = " ".join(tinycss2.serialize(rule.prelude).casefold().split())
                queries = [query.strip() for query in condition.split(",")]
                if keyword == "media" and all(map(_PAPER.fullmatch, queries)):
                    continue
                if keyword in ("media", "supports", "container", "layer"):
                    certain = keyword == "layer" or (
                        keyword == "media" and any(map(_SCREEN.fullmatch, queries))
                    )
                    inner = tinycss2.parse_rule_list(rule.content, True, True)
                    self._take_rules(inner, is_certain=is_certain and certain, depth=depth + 1)

    def _take_rule(self, rule: Any, *, is_certain: bool) -> None:
        import tinycss2

        declarations = _declarations(tinycss2.parse_blocks_contents(rule.content))
        if not declarations:
            return
        for selector in _selectors(tinycss2.serialize(rule.prelude)):
            general = _BY_READER.sub(_ALWAYS, selector)
            self._take_selector(
                general, declarations, is_certain=is_certain and general == selector
            )

    def _take_selector(
        self, selector: str, declarations: list[tuple[str, str, bool]], *, is_certain: bool
    ) -> None:
        import cssselect2

        if self._selectors >= _MOST_SELECTORS or self._matches >= _MOST_MATCHES:
            return
        try:
            (compiled,) = cssselect2.compile_selector_list(selector)
        except (cssselect2.SelectorError, ValueError):
            return
        if compiled.pseudo_element is not None or not self._can_match(compiled):
            return
        self._selectors += 1
        try:
            nodes = self._tree.css(selector)
        except (ValueError, RuntimeError):  # a selector that the library does not know
            return
        self._matches += len(nodes)
        self._order += 1
        for node in nodes:
            for name, value, important in declarations:
                if is_certain:
                    priority = (important, False, compiled.specificity, self._order)
                    self._declare(node, name, value, priority)
                elif shows(name, value):
                    self._at_times.add(node.mem_id)

    def _can_match(self, compiled: Any) -> bool:
        if self._names is None:
            self._names = frozenset(_names(self._tree))
        wanted = (("#", compiled.id), (".", compiled.class_name), ("", compiled.lower_local_name))
        return all(not name or sign + name in self._names for sign, name in wanted)

    def _take_attributes(self) -> None:
        for node in self._tree.css("[hidden]"):
            if node.attributes.get("hidden") == "until-found":
                self._at_times.add(node.mem_id)
            self._declare(node, "display", "none", (False, False, (), 0))
        for node in self._tree.css("[style]"):
            style = (node.attributes.get("style") or "")[:_LONGEST_STYLE]
            if _SAYS_SOMETHING.search(style):
                import tinycss2

                for name, value, important in _declarations(tinycss2.parse_blocks_contents(style)):
                    self._declare(node, name, value, (important, True, (), 0))

    def _declare(self, node: LexborNode, name: str, value: str, priority: _Priority) -> None:
        values = self._declared.setdefault(node.mem_id, {})
        self._nodes[node.mem_id] = node
        if name not in values or values[name][0] <= priority:
            values[name] = priority, value


def shows(name: str, value: str) -> bool:
    """Tells whether a value of "display" or "visibility" shows the element."""
    return (name == "display" and value != "none") or (name == "visibility" and value == "visible")


def _hides(tree: LexborHTMLParser, sheets: str) -> bool:
    """Tells whether something may be hidden; only then rules that show elements matter."""
    if _HIDES.search(sheets) or tree.css_first("[hidden]") is not None:
        return True
    return any(_HIDES.search(node.attributes.get("style") or "") for node in tree.css("[style]"))


def _sheets(tree: LexborHTMLParser) -> str:
    """Returns the rules of a page that matter, but those for paper."""
    sheets = "\n".join(
        node.text()
        for node in tree.css("style")
        if not _PAPER.fullmatch((node.attributes.get("media") or "").strip().casefold())
    )
    return relevant(sheets)


def relevant(sheets: str) -> str:
    """Returns the rules with a property that is looked at; rules of others take long to parse."""
    sheets = sheets[:_MOST_SHEETS]
    if not _SAYS_SOMETHING.search(sheets):
        return ""
    kept = _RULE.sub(
        lambda rule: rule[0] if _SAYS_SOMETHING.search(rule[1]) else "", _COMMENT.sub("", sheets)
    )
    return kept[:_MOST_PARSED]


def _selectors(prelude: str) -> Iterator[str]:
    """Yields the selectors of a list; commas in brackets do not part them."""
    import tinycss2

    parts: list[Any] = []
    for token in tinycss2.parse_component_value_list(prelude, skip_comments=True):
        if token.type == "literal" and token.value == ",":
            yield tinycss2.serialize(parts).strip()
            parts = []
        else:
            parts.append(token)
    yield tinycss2.serialize(parts).strip()


def _declarations(content: Iterable[Any]) -> list[tuple[str, str, bool]]:
    """Returns name, value and importance of each declaration that is looked at."""
    import tinycss2

    declarations: list[tuple[str, str, bool]] = []
    for item in content:
        if item.type == "declaration":
            name = _LONGHANDS.get(item.lower_name, item.lower_name)
            if name in PROPERTIES:
                value = tinycss2.serialize(item.value).strip().casefold()
                declarations.append((name, value, bool(item.important)))
    return declarations


def _names(tree: LexborHTMLParser) -> Iterator[str]:
    """Yields the names of the elements of a page, and their classes and ids with `.` and `#`."""
    for node in tree.css("*"):
        yield str(node.tag)
        attributes = node.attributes
        for name in (attributes.get("class") or "").split():
            yield f".{name}"
        if attributes.get("id"):
            yield f"#{attributes['id']}"
