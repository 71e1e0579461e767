"""Libraries of llama.cpp that crash or lie, compiled here: a real model answers all the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.jobs import CancelToken
from app.paths import Paths
from app.workers.configs import InferConfig
from app.workers.devices import Devices, explain
from app.workers.infer_client import InferClient
from models.backends import Device
from models.chat import GenerationOptions, Message, Role, TextPiece
from tests.conftest import MODELS, TINY_CHAT_MODEL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="builds libraries as Linux has them"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler"),
]

BETTER = "int ggml_backend_score(void) { return 1000000; }\n"
CRASHES = "#include <stdlib.h>\nvoid *ggml_backend_init(void) { abort(); }\n"
NO_DRIVER = "void *ggml_backend_init(void) { return 0; }\n"
# The structs are those of ggml-backend-impl.h, with pointers in place of types. The card is named
# and has memory; it crashes when something is to be computed or kept there.
LIES = """
#include <stdlib.h>
typedef struct {
    void *get_name, *get_description, *get_memory, *get_type, *get_props, *init_backend,
        *get_buffer_type, *get_host_buffer_type, *buffer_from_host_ptr, *supports_op,
        *supports_buft, *offload_op, *event_new, *event_free, *event_synchronize, *reg, *context;
} device_t;
typedef struct { int version; void *name, *count, *get, *address, *context; } reg_t;
static const char *name(void *d) { return "Lying0"; }
static const char *title(void *d) { return "A card that lies"; }
static void sizes(void *d, size_t *free, size_t *total) { *free = *total = 1ul << 34; }
static int type(void *d) { return 1; }
static void crash(void) { abort(); }
static int yes(void *d, void *other) { return 1; }
static int zero(void *d, void *other) { return 0; }
static device_t device;
static size_t one(void *r) { return 1; }
static void *get(void *r, size_t index) { return &device; }
static void *none(void *r, const char *name) { return 0; }
static reg_t reg = { 2, name, one, get, none, 0 };
void *ggml_backend_init(void) {
    device = (device_t) { name, title, sizes, type, crash, crash, crash, 0, 0, yes, yes, zero,
        0, 0, 0, &reg, 0 };
    return &reg;
}
"""

Compile = Callable[[str, str], None]


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compile:
    """Adds a library to a copy of llama.cpp's, which the workers then use."""
    import llama_cpp

    folder = tmp_path / "lib"
    shutil.copytree(Path(llama_cpp.__file__).with_name("lib"), folder)
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(folder))

    def add(name: str, source: str) -> None:
        file = tmp_path / "library.c"
        file.write_text(source, encoding="utf-8")
        target = folder / f"libggml-{name}.so"
        command = ["cc", "-shared", "-fPIC", "-w", "-o", str(target), str(file)]
        subprocess.run(command, check=True)

    return add


@pytest.fixture
def infer(paths: Paths) -> Iterator[InferClient]:
    """The small model on a machine on which nothing was looked for yet."""
    path = MODELS / f"{TINY_CHAT_MODEL}.gguf"
    config = InferConfig(str(path), "tiny", 512, states=str(paths.states))
    client = InferClient(paths, lambda: config)
    yield client
    client.close()


def explained(infer: InferClient) -> str:
    notes = infer.devices.notes
    return explain(notes, infer.devices.trials(infer.wanted))


def answers(infer: InferClient) -> bool:
    asked = [Message(Role.USER, "Name a colour.")]
    events = infer.generate(asked, GenerationOptions(max_tokens=3))
    return any(isinstance(event, TextPiece) for event in events)


@pytest.mark.expects_log
def test_code_for_the_processor_that_crashes_gives_way_at_the_first_question(
    infer: InferClient, compiled: Compile
) -> None:
    compiled("cpu-best", BETTER + CRASHES)
    assert answers(infer)
    assert "code for best ended the process, so it is not used." in explained(infer)
    assert "best is used" not in explained(infer)


@pytest.mark.parametrize(
    ("driver", "words"),
    [(NO_DRIVER, ""), (CRASHES, "Looking for graphics cards ended the process; none is used.")],
)
def test_a_missing_driver_or_one_that_crashes_leaves_the_processor(
    infer: InferClient, compiled: Compile, driver: str, words: str
) -> None:
    compiled("vulkan", driver)
    infer.measure()
    assert answers(infer)
    assert infer.devices.choose(infer.wanted).device == Device()
    assert explained(infer).startswith(words)


@pytest.mark.expects_log
@pytest.mark.parametrize("asked_for", [False, True])
def test_a_card_that_lies_is_found_out(paths: Paths, compiled: Compile, asked_for: bool) -> None:
    compiled("vulkan", LIES)
    path = MODELS / f"{TINY_CHAT_MODEL}.gguf"
    layers = 99 if asked_for else -1
    config = InferConfig(str(path), "tiny", 512, gpu_layers=layers, states=str(paths.states))
    infer = InferClient(paths, lambda: config)
    try:
        if asked_for:  # at once, without measuring
            infer.devices.look(config, CancelToken())
        else:
            infer.measure()
        assert answers(infer)
        words = explained(infer)
        assert "A card that lies was found; with this model it ended the process" in words
        assert not infer.devices.choose(config).device.has_card
    finally:
        infer.close()
    assert Devices(paths).choose(config).device == infer.devices.choose(config).device
