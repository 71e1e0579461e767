"""The machine, as far as it can be known."""

from __future__ import annotations

import subprocess
import sys

import psutil

from models.hardware import detect, recommended_threads


def test_sees_this_machine() -> None:
    here = detect()
    assert 0 < here.ram_bytes <= psutil.virtual_memory().total
    assert 0 < here.ram_available <= here.ram_bytes
    assert 1 <= here.physical_cpus <= here.logical_cpus
    assert here.os in {"Linux", "Darwin", "Windows"}
    assert here.gpu_offload is None


def test_threads_are_the_cores_that_may_be_used() -> None:
    assert recommended_threads() == detect().physical_cpus


def test_llama_is_asked_only_when_told_to() -> None:
    script = (
        "import sys; from models.hardware import detect\n"
        "detect(); assert 'llama_cpp' not in sys.modules\n"
        "here = detect(ask_llama=True)\n"
        "assert here.gpu_offload is (here.accelerator is not None) or here.gpu_offload\n"
        "assert isinstance(here.gpu_offload, bool)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
