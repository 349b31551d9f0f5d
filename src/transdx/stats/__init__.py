"""Statistics: associations with permutations and bootstrap, inference, contrasts, impact, power."""

from transdx.stats.association import Associations, associate

__all__ = ["Associations", "associate"]
