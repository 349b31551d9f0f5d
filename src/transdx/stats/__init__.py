"""Statistics: associations with permutations and bootstrap, inference, contrasts, impact, power."""

from transdx.stats.association import Associations, associate
from transdx.stats.contrasts import contrast
from transdx.stats.impacts import impact
from transdx.stats.power import smallest_beta

__all__ = ["Associations", "associate", "contrast", "impact", "smallest_beta"]
