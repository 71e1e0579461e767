"""A model's process gets no more memory than was free, and says so where it needs more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MODELS, TINY_CHAT_MODEL

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no other system limits it")
TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"
LIMITED = """
import mmap, sys
import models.memory as m
free = m.Memory(32 << 30, 300 << 20)
m.memory, whole = (lambda: free), m.memory
m.limit_to_free_memory()
m.memory = whole
"""


def run(code: str, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED + code, *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return ended.stdout.strip()


def test_it_may_allocate_what_was_free_and_map_more(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(1 << 30)
    code = """
bytearray(100 << 20)
with open(sys.argv[1], "rb") as file:
    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
print(mapped[-1])
try:
    bytearray(600 << 20)
except MemoryError:
    print("refused")
print(m.memory().available <= 320 << 20)
"""
    assert run(code, str(large)).split() == ["0", "refused", "True"]


def test_a_model_that_takes_more_than_was_free_is_too_large() -> None:
    # What is estimated beforehand would refuse it already.
    code = """
from pathlib import Path
import models.llama
from models.errors import ModelTooLarge
models.llama.checked_context = lambda _file, wanted: 8192 * 4
models.llama._context_size = lambda _header, wanted: wanted
try:
    models.llama.LlamaChatModel(Path(sys.argv[1]), "tiny", context_tokens=8192 * 4)
except ModelTooLarge as error:
    print(error.message)
"""
    assert "not enough free memory for the model" in run(code, str(TINY))


def test_a_process_that_it_starts_can_have_its_own_limit() -> None:
    code = """
import resource
resource.setrlimit(resource.RLIMIT_DATA, (512 << 20, 512 << 20))
print("allowed")
"""
    assert run(code) == "allowed"
