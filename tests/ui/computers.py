"""A computer with two graphics cards, one of which crashes, for tests of what is shown of it."""

from __future__ import annotations

from app.upkeep.computer import Computer, Measured, ModelHere
from models.backends import Device
from models.chat import Speed

COMPUTER = Computer(
    processor="Intel(R) Core(TM) i5-8350U CPU @ 1.70GHz",
    machine="Linux x86_64, 4 cores, 8.0 GB of memory (a limit; the machine has 16.6 GB), 5.1 GB "
    "free",
    code="haswell, sandybridge, sse42",
    cards="Intel(R) UHD Graphics 620 (KBL GT2) (Vulkan0), NVIDIA GeForce MX150 (Vulkan1)",
    model=ModelHere("margarets-own-model", True, 10**9, 4096, 4096, 1_400_000_000),
    no_model="",
    measured=(
        Measured(Device(), "the processor's code for haswell", Speed(105, 21), "", True),
        Measured(Device(card="Vulkan0"), "Intel(R) UHD Graphics 620", Speed(50, 10), "", False),
        Measured(
            Device(card="Vulkan1"),
            "NVIDIA GeForce MX150",
            None,
            "failed (The file /home/margaret/model.gguf is bad)",
            False,
        ),
    ),
    why="Intel(R) UHD Graphics 620 was found; the processor is 2.1 times as fast here, so it is "
    "used.",
    why_bare="Intel(R) UHD Graphics 620 was found; the processor is 2.1 times as fast here, so it "
    "is used.",
)
