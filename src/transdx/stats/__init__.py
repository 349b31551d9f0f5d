"""Statistics: associations with permutations and bootstrap, inference, contrasts, impact, power."""

from transdx.stats.association import Associations, associate
from transdx.stats.contrasts import contrast
from transdx.stats.estimates import Estimates, combine, stack
from transdx.stats.impacts import impact
from transdx.stats.inference import benjamini_hochberg
from transdx.stats.power import smallest_beta

__all__ = [
    "Associations",
    "Estimates",
    "associate",
    "benjamini_hochberg",
    "combine",
    "contrast",
    "impact",
    "smallest_beta",
    "stack",
]
