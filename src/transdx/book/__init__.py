"""The book: notebooks executed, pages rendered, the result checked."""

from transdx.book.pipeline import build
from transdx.progress import Progress, Terminal

__all__ = ["Progress", "Terminal", "build"]
