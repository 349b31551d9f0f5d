"""Whether an argument is what it has to be; errors say what was expected and what came."""

from __future__ import annotations

from collections.abc import Collection
from numbers import Integral

from transdx.errors import InputError, nearest

__all__ = ["check_choice", "check_count"]


def check_choice(value: object, name: str, known: Collection[str]) -> str:
    """Require one of the known words."""
    if not isinstance(value, str) or value not in known:
        raise InputError(
            f"expected {name} to be one of {', '.join(known)}, got {value!r}"
            f"{nearest(str(value), known)}"
        )
    return value


def check_count(value: object, name: str, *, at_least: int) -> int:
    """Require a whole number from a least one on, of Python's or numpy's, and give it as an int."""
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= at_least:
        return int(value)
    raise InputError(f"expected {name} to be a whole number from {at_least} up, got {value!r}")
