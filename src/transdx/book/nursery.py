"""A process that has loaded what chapters load; kernels begin as copies of it, in no time."""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

__all__ = ["Nursery"]

#: What nearly every chapter loads, or the kernel itself: three seconds of processor time each.
LOADED = (
    *("ipykernel.kernelapp", "matplotlib.pyplot", "pandas", "pyarrow.parquet", "scipy.stats"),
    *("statsmodels.api", "statsmodels.formula.api", "nilearn.connectome", "transdx"),
    *("transdx.figures", "transdx.findings.run"),
)
#: The libraries of other systems do not bear that a process which has loaded them is copied.
POSSIBLE = sys.platform == "linux"


class Nursery:
    """Such a process, which ends with its block; what it says goes into a file of `folder`.

    It has the variables `env`, as copies of it have besides their own.
    """

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._lock = threading.Lock()
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", __name__, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | env,
                # Who interrupts the book does not mean this process, which is told to end.
                start_new_session=True,
            )

    def begin(self, command: list[str], *, cwd: str, env: dict[str, str], log: Path) -> Copy:
        """Run ``python -I -m MODULE ARGUMENTS`` in a copy of the process."""
        asked = {"arguments": command[command.index("-m") + 1 :], "cwd": cwd, "env": env}
        with self._lock:
            ask, answers = self._process.stdin, self._process.stdout
            assert ask is not None
            assert answers is not None
            ask.write(json.dumps(asked | {"log": str(log)}).encode() + b"\n")
            ask.flush()
            if not (answer := answers.readline()):
                raise RuntimeError("the process that kernels begin in has ended")
            return Copy(int(answer))

    def end(self) -> None:
        """End the process, and what is left of its copies."""
        with contextlib.suppress(psutil.Error):
            for copy in psutil.Process(self._process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    copy.kill()
        self._process.kill()
        self._process.communicate()


class Copy:
    """One copy, for who expects what `subprocess.Popen` gives; how it ended is not known."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """Say that it has ended, if it has."""
        return None if psutil.pid_exists(self.pid) else 0

    def wait(self) -> int:
        """Wait until it has ended."""
        while self.poll() is None:
            time.sleep(0.05)
        return 0

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def _serve() -> None:
    """Divide for each line that asks for it, until there are no more."""
    # As kernels do, before anything draws.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    for name in LOADED:
        importlib.import_module(name)
    # What copies share is nothing for them to tidy.
    gc.freeze()
    # Nobody asks for how copies have ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while line := sys.stdin.buffer.readline():
        if pid := os.fork():
            os.write(1, b"%d\n" % pid)
        else:
            _become(**json.loads(line))


def _become(arguments: list[str], cwd: str, env: dict[str, str], log: str) -> None:
    """Be what was asked for, as if this process had just begun."""
    import runpy

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, path, mode in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY)):
        os.dup2(os.open(path, mode), number)
    os.dup2(1, 2)
    os.chdir(cwd)
    os.environ.clear()
    # A kernel ends when the process that it began in does.
    os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
    sys.argv = list(arguments)
    with contextlib.suppress(SystemExit):
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    os._exit(0)


if __name__ == "__main__":
    _serve()
