"""Run independent pieces of work on a few threads, each with single-threaded linear algebra."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from threadpoolctl import threadpool_limits

from transdx.progress import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


class Runner(Protocol):
    """What `workers` yields: apply a task to each item, results in the order of the items."""

    def __call__(
        self, task: Callable[[Item], Result], items: Iterable[Item], /
    ) -> Iterator[Result]: ...


@dataclass(frozen=True)
class Work:
    """How work is done: from which seed, in how many bytes, by whom, and told to whom."""

    seed: int
    memory: int
    run: Runner
    progress: Progress


@contextmanager
def workers(threads: int) -> Iterator[Runner]:
    """Give a function that runs tasks on `threads` threads, results in the order of the items.

    numpy lets go of the interpreter lock in products, gathers and arithmetic on arrays, so that
    whole tasks run side by side, not only the products. Every product runs on one thread: its
    result is then the same to the last bit for any number of threads.
    """
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        yield pool.map


def processors() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
