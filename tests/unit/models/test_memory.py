"""Limits of containers, services and accounts count as the machine's memory does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from models.memory import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
MB = 1 << 20


class System:
    """A tree like the real one: ``proc/self`` and a mount of control groups."""

    def __init__(self, root: Path, group: str, mounts: str) -> None:
        self.root = root
        (root / "proc/self").mkdir(parents=True)
        (root / "proc/self/cgroup").write_text(group)
        (root / "proc/self/mountinfo").write_text(mounts)

    def write(self, folder: str, **files: str) -> None:
        place = self.root / folder
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (place / name.replace("__", ".")).write_text(f"{text}\n")


V2 = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
V1 = "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"


def test_without_limits_it_is_the_machines(tmp_path: Path) -> None:
    machine = psutil.virtual_memory()
    assert memory(tmp_path).total == machine.total
    system = System(tmp_path, "0::/a\n", V2)
    system.write("sys/fs/cgroup/a", memory__max="max", memory__current="1")
    assert memory(tmp_path).total == machine.total


def test_a_limit_counts_and_what_is_used_of_it_but_no_cache(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/a/b\n", V2)
    system.write(
        "sys/fs/cgroup/a/b",
        memory__max=str(700 * MB),
        memory__high="max",
        memory__current=str(300 * MB),
        memory__stat=f"anon 5\ninactive_file {100 * MB}\nactive_file {50 * MB}",
    )
    assert memory(tmp_path) == (700 * MB, 500 * MB)


def test_the_narrowest_of_the_groups_around_counts(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/a/b\n", V2)
    system.write("sys/fs/cgroup/a/b", memory__max=str(900 * MB), memory__current=str(100 * MB))
    system.write("sys/fs/cgroup/a", memory__high=str(800 * MB), memory__current=str(750 * MB))
    assert memory(tmp_path) == (800 * MB, 50 * MB)


def test_more_than_the_limit_in_use_leaves_nothing(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/\n", V2)
    system.write("sys/fs/cgroup", memory__max=str(100 * MB), memory__current=str(120 * MB))
    assert memory(tmp_path) == (100 * MB, 0)


def test_version_one(tmp_path: Path) -> None:
    system = System(tmp_path, "8:pids:/\n4:cpu,memory:/box\n0::/\n", V1)
    system.write(
        "sys/fs/cgroup/memory",
        memory__limit_in_bytes="9223372036854771712",
        memory__usage_in_bytes="5",
    )
    system.write(
        "sys/fs/cgroup/memory/box",
        memory__limit_in_bytes=str(700 * MB),
        memory__usage_in_bytes=str(600 * MB),
        memory__stat=f"cache 1\ntotal_inactive_file {400 * MB}",
    )
    assert memory(tmp_path) == (700 * MB, 500 * MB)


@pytest.mark.parametrize(
    ("group", "mounted"),
    [("/docker/1f", "/docker/1f"), ("/docker/1f", "/"), ("/../x", "/"), ("/else", "/docker/1f")],
)
def test_inside_a_container_its_own_group_is_found(
    tmp_path: Path, group: str, mounted: str
) -> None:
    """What is mounted may be a part of the tree, and may not hold the path that is named."""
    mounts = f"30 23 0:26 {mounted} /sys/fs/my\\040cgroup rw - cgroup2 cgroup2 rw\n"
    system = System(tmp_path, f"0::{group}\n", mounts)
    system.write("sys/fs/my cgroup", memory__max=str(700 * MB), memory__current="0")
    assert memory(tmp_path) == (700 * MB, 700 * MB)


@pytest.mark.parametrize("text", ["", "garbage\n", "1 2 3\n- - -\n", "\x00\xff", "::::\n0::\n"])
def test_what_cannot_be_understood_is_no_limit(tmp_path: Path, text: str) -> None:
    System(tmp_path, text, text)
    assert memory(tmp_path).total == psutil.virtual_memory().total


def test_the_limits_of_an_account_count() -> None:
    script = "ulimit -v 4000000; exec '{}' -c 'from models.memory import memory; print(*memory())'"
    done = subprocess.run(
        ["bash", "-c", script.format(sys.executable)], capture_output=True, text=True, check=True
    )
    total, available = map(int, done.stdout.split())
    assert total <= 4_000_000 * 1024
    assert 0 < available < total
