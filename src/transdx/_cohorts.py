"""The cohorts of the open world: each is a study file, and there by that alone."""

from __future__ import annotations

from importlib.resources import files

_FOLDER = files("transdx").joinpath("studies", "open")
#: Their names, in the order of the alphabet.
COHORTS = tuple(sorted(path.name.removesuffix(".toml") for path in _FOLDER.iterdir()))
#: The one that is shown where none is named.
USUAL = "aomic-piop2"
#: What is named in place of one to see them beside each other.
ALL = "all"
