"""Kernels that are alike on every machine, whatever its user has installed and set."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from transdx._files import remove_leftovers, scratch_folder
from transdx.book.nursery import POSSIBLE, Nursery
from transdx.run import Run

__all__ = ["Kernel", "ahead", "end_kernels", "home", "import_lightly", "kernel", "warm"]

#: The isolated mode of Python knows no variables, no packages of the user's, no folder in front.
COMMAND = (
    *("-I", "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"),
    # Notebooks run side by side would wait for each other's history file.
    "--HistoryManager.enabled=False",
    # Where there are many fonts, matplotlib complains of the time that its first look takes.
    "--IPKernelApp.exec_lines="
    "__import__('logging').getLogger('matplotlib.font_manager').setLevel('ERROR')",
)
#: What else a user may have set, and a chapter must not see.
UNSET = ("PYTHONSTARTUP", "MATPLOTLIBRC", "MPLBACKEND", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH")
#: Folders of the libraries, which must be there and be writable.
FOLDERS = {
    "IPYTHONDIR": "ipython",
    "MPLCONFIGDIR": "matplotlib",
    "JUPYTER_CONFIG_DIR": "jupyter",
    "JUPYTER_DATA_DIR": "jupyter",
    "JUPYTER_RUNTIME_DIR": "jupyter",
}


class Kernel:
    """A kernel of this very interpreter, whatever kernels the user has registered.

    Its sockets, and what it says while it starts, go into an empty folder.
    """

    def __init__(self, folder: Path, home: Path, nursery: Nursery | None = None) -> None:
        self._log = folder / "log"
        self.manager = _manager(folder / "kernel.json", self._log, home, nursery)

    @property
    def last_words(self) -> str:
        """The last line that the process wrote outside of cells; empty if none."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def end(self) -> None:
        """End the process, if it runs, and close what leads to it."""
        from jupyter_core.utils import run_sync

        if self.manager.has_kernel:
            run_sync(self.manager.shutdown_kernel)(now=True)
        else:
            run_sync(self.manager.cleanup_resources)()


@contextlib.contextmanager
def kernel(root: Path) -> Iterator[Kernel]:
    """Give a kernel for the book in `root` that the executor starts, and end it with the block."""
    with _folder(root) as folder:
        made = Kernel(folder, home(root), _warm.get(root.resolve()))
        try:
            yield made
        finally:
            made.end()


@contextlib.contextmanager
def warm(root: Path) -> Iterator[None]:
    """Let the kernels of a book that begin in this block find loaded what chapters load."""
    with contextlib.ExitStack() as stack:
        if POSSIBLE:
            folder = stack.enter_context(_folder(root))
            _warm[root.resolve()] = nursery = Nursery(folder, _environment(home(root)))
            stack.callback(nursery.end)
            stack.callback(_warm.pop, root.resolve())
        yield


def ahead(root: Path, runs: list[Run]) -> None:
    """Let findings be computed beside what is done now, where `warm` makes that cheap."""
    nursery = _warm.get(root.resolve())
    if nursery is None or not runs:
        return
    asked = json.dumps([asdict(run) for run in runs])

    def begin() -> None:
        # Who comes to need them computes them, if this does not.
        with contextlib.suppress(RuntimeError, OSError, ValueError):
            command = ["-m", "transdx.findings.ahead", asked]
            nursery.begin(command, cwd=str(root), env=dict(os.environ), log=nursery.log)

    # It takes a while until there is something to copy.
    threading.Thread(target=begin, daemon=True).start()


#: Where kernels begin, by the folder of the book.
_warm: dict[Path, Nursery] = {}


@contextlib.contextmanager
def _folder(root: Path) -> Iterator[Path]:
    with scratch_folder(_place(root)) as folder:
        folder.chmod(0o700)
        yield folder


def import_lightly() -> None:
    """Import what checks the form of notebooks, without the grammars that it has for addresses.

    No notebook is checked for these, and they take two seconds to be compiled.
    """
    grammars = "rfc3987_syntax"
    if grammars not in sys.modules:
        sys.modules[grammars] = None  # type: ignore[assignment]
        try:
            import_module("jsonschema")
        finally:
            del sys.modules[grammars]


def home(root: Path) -> Path:
    """Name the folder in which the libraries keep what they remember, such as the fonts."""
    return root.resolve() / "_build" / "kernels"


def end_kernels(root: Path) -> None:
    """End all kernels of a book, also those of a build that was killed, and remove their files."""
    place = _place(root)
    for process in psutil.process_iter(["cmdline"]):
        if any(f".{place.name}-" in word for word in process.info["cmdline"] or ()):
            with contextlib.suppress(psutil.Error):
                process.kill()
    remove_leftovers(place)


def _place(root: Path) -> Path:
    book = hashlib.sha256(str(root.resolve()).encode()).hexdigest()
    return Path(tempfile.gettempdir()) / f"transdx-{book[:8]}"


def _environment(home: Path) -> dict[str, str]:
    found = {name: str(home / folder) for name, folder in FOLDERS.items()}
    for folder in found.values():
        Path(folder).mkdir(parents=True, exist_ok=True)
    # Empty counts as unset.
    return {**found, **dict.fromkeys(UNSET, "")}


def _manager(connection: Path, log: Path, home: Path, nursery: Nursery | None) -> Any:
    # Loaded here: who only asks which steps are due need not wait for it.
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class OwnManager(AsyncKernelManager):
        listening: Any = None
        kernel_spec = KernelSpec(
            argv=[sys.executable, *COMMAND], env=_environment(home), language="python"
        )

        def client(self, **options: Any) -> Any:
            # A context of the client's own would be torn down late, from another thread.
            self.listening = super().client(context=self.context, **options)
            return self.listening

        async def _async_start_kernel(self, **options: Any) -> None:
            with log.open("wb") as stream:
                await super()._async_start_kernel(stderr=stream, **options)

        start_kernel = _async_start_kernel

        async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
            if nursery is None:
                await super()._async_launch_kernel(kernel_cmd, **kw)
                return
            process = nursery.begin(kernel_cmd, cwd=kw["cwd"], env=kw["env"], log=log)
            own: Any = self.provisioner
            own.process, own.pid, own.pgid = process, process.pid, process.pid
            self._reconcile_connection_info(own.connection_info)

        async def _async_cleanup_resources(self, restart: bool = False) -> None:
            # Closed under it, the sockets would be missed by the thread that listens.
            if self.listening is not None:
                self.listening.stop_channels()
            await super()._async_cleanup_resources(restart)

        cleanup_resources = _async_cleanup_resources

    # Sockets in a folder of the user's own: nobody else can listen, and no network is needed.
    # The path of a socket has 103 characters at most.
    transport = "ipc" if len(str(connection)) < 90 else "tcp"
    return OwnManager(connection_file=str(connection), transport=transport)
