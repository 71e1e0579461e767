"""Starts Studiolo in its Windows executables; `studiolo.c` runs this file."""

import multiprocessing
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # Processes are started with an interpreter; without a console where this one has none, so that
    # none flashes up.
    folder = Path(__file__).parent
    windowed = Path(sys.executable).stem.endswith("-window")
    os.add_dll_directory(str(folder))  # this executable lies elsewhere than Python's libraries
    sys.executable = str(folder / ("pythonw.exe" if windowed else "python.exe"))
    setattr(sys, "_base_executable", sys.executable)  # noqa: B010  if they differ, `spawn` takes it
    multiprocessing.set_executable(sys.executable)

    from ui.main import main

    sys.exit(main())
