"""Changes to ggml's sources that MinGW needs, and that Windows does."""

from __future__ import annotations

import re
from pathlib import Path

# GCC 12 writes what its assembler refuses for AMX on Windows; those processors run the one before.
_AMX = re.compile(r"^ *ggml_add_cpu_backend_variant\(sapphirerapids\b.*\n", re.MULTILINE)
# ggml's threads wait for each other after every step. Without OpenMP they never give way meanwhile:
# beside busy programs, those that wait take the time of the one that is waited for.
_SPIN = """static inline void ggml_thread_cpu_relax(void) {
    _mm_pause();
}"""
_GIVE_WAY = """static inline void ggml_thread_cpu_relax(void) {
    static _Thread_local unsigned waited;
    if (++waited % 256) { _mm_pause(); } else { SwitchToThread(); }
}"""


def mend_ggml(source: Path) -> None:
    """Changes what this compiler cannot do, and how threads wait.

    Args:
        source: the folder of ggml's sources.

    Raises:
        ValueError: they are not as expected.
    """
    for name, pattern, better in (
        ("CMakeLists.txt", _AMX, ""),
        ("ggml-cpu/ggml-cpu.c", re.compile(re.escape(_SPIN)), _GIVE_WAY),
    ):
        file = source / name
        text, count = pattern.subn(better, file.read_text(encoding="utf-8"))
        if count != 1:
            raise ValueError(f"{name} of ggml is not as expected.")
        file.write_text(text, encoding="utf-8")
