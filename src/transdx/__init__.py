"""transdx: a computational paper on insomnia, depression and anxiety symptoms and the brain."""

from importlib.metadata import version

__version__ = version("transdx")
