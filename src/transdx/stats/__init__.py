"""Statistics: associations with their draws, what is made of them, and nulls for maps."""

from transdx.stats.association import Associations, associate, check_draws
from transdx.stats.contrasts import contrast
from transdx.stats.design import estimable
from transdx.stats.enrichment import enrich, spin_rate, spin_test, weights_of
from transdx.stats.estimates import Estimates, combine, pick, stack
from transdx.stats.impacts import impact
from transdx.stats.inference import adjust, benjamini_hochberg
from transdx.stats.maps import correlate_maps, overlap
from transdx.stats.means import associate_means
from transdx.stats.nulls import spin_validity, spins
from transdx.stats.power import power_of, smallest_beta, smallest_n

__all__ = [
    "Associations",
    "Estimates",
    "adjust",
    "associate",
    "associate_means",
    "benjamini_hochberg",
    "check_draws",
    "combine",
    "contrast",
    "correlate_maps",
    "enrich",
    "estimable",
    "impact",
    "overlap",
    "pick",
    "power_of",
    "smallest_beta",
    "smallest_n",
    "spin_rate",
    "spin_test",
    "spin_validity",
    "spins",
    "stack",
    "weights_of",
]
