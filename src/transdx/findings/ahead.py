"""Compute findings before somebody asks for them, in a process of its own, and say nothing.

``python -m transdx.findings.ahead RUNS`` takes a list of runs as JSON and works in the folder of
the book. Who asks later finds them there, waits for them, or where they failed hears why.
"""

from __future__ import annotations

import json
import sys

from transdx.errors import TransdxError
from transdx.findings.run import open_run
from transdx.run import Run

if __name__ == "__main__":
    for asked in json.loads(sys.argv[1]):
        try:
            open_run(Run(**asked))
        except (TransdxError, OSError, MemoryError):
            break
