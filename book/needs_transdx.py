"""The extension of the package that makes this book; without it, how to come by it."""

from __future__ import annotations

import sys
from typing import Any

from sphinx.errors import ExtensionError


def setup(app: Any) -> dict[str, Any]:
    """Set the extension up; where the package is not installed, say so in a sentence."""
    try:
        app.setup_extension("transdx.book.extension")
    except ExtensionError as error:
        if not isinstance(error.orig_exc, ImportError):
            raise
        sys.stderr.write(
            f"transdx: the package that makes this book is not installed here ({error.orig_exc}); "
            "run 'make book' first, or activate the environment that it is installed in "
            "(source .venv/bin/activate)\n"
        )
        raise SystemExit(2) from error
    return {"parallel_read_safe": True}
