"""Regular expressions that are compiled at their first use.

Compiling them is much of what a process pays before it reads its first file, and most files need
few of them.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, Generic, cast


class LazyRegex(Generic[AnyStr]):
    """Behaves like the compiled expression; made by `lazy_regex`.

    Args:
        expression: as for `re.compile`.
        flags: likewise.
    """

    def __init__(self, expression: AnyStr, flags: int) -> None:
        self._expression: AnyStr = expression
        self._flags = flags

    @property
    def compiled(self) -> re.Pattern[AnyStr]:
        """The compiled expression."""
        return re.compile(self._expression, self._flags)

    def __getattr__(self, name: str) -> Any:
        """Returns an attribute of the compiled expression, and keeps it: it is looked up once."""
        value = getattr(self.compiled, name)
        setattr(self, name, value)
        return value


def lazy_regex(expression: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Returns a regular expression, which is compiled when it is first used."""
    return cast("re.Pattern[AnyStr]", LazyRegex(expression, flags))
