"""Figures and tables: every function takes tidy tables and returns something to display."""

from transdx.figures.charts import (
    flow_diagram,
    quality_overview,
    score_correlation_plot,
    score_distributions,
)
from transdx.figures.checks import Recovery, planted_vs_estimated, power_curve, recovery
from transdx.figures.circuit import circuit_picture
from transdx.figures.claims import claims_plot, claims_table
from transdx.figures.connectomes import (
    connection_distributions,
    connectome_matrices,
    connectome_matrix,
)
from transdx.figures.correlations import map_correlation_plot
from transdx.figures.cortex import cortex_map, cortex_maps
from transdx.figures.enrichment import enrichment_heatmap, enrichment_heatmaps
from transdx.figures.estimates import contrast_plot, forest, validation_plot
from transdx.figures.glass import (
    connectome_brain,
    connectome_brains,
    strongest_connections,
    strongest_connections_gallery,
)
from transdx.figures.impact import impact_plot
from transdx.figures.networks import network_matrices, network_matrix
from transdx.figures.nulls import null_comparison
from transdx.figures.overview import overview
from transdx.figures.picture import Gallery, Note, Picture
from transdx.figures.specific import disorder_brain
from transdx.figures.style import label
from transdx.figures.subcortex import subcortex_map, subcortex_maps
from transdx.figures.tables.catalogue import (
    association_table,
    contrast_table,
    correlation_table,
    demographics_table,
    flow_table,
    impact_table,
    power_table,
    quality_table,
    recovery_table,
    validation_table,
)
from transdx.figures.tables.connectivity import (
    connection_table,
    enrichment_contrast_table,
    enrichment_table,
    network_table,
    spin_validity_table,
)
from transdx.figures.tables.patterns import (
    circuit_table,
    map_correlation_table,
    specific_contrasts,
    specificity_table,
)
from transdx.figures.tables.view import TableView
from transdx.figures.upset import upset_plot

__all__ = [
    "Gallery",
    "Note",
    "Picture",
    "Recovery",
    "TableView",
    "association_table",
    "circuit_picture",
    "circuit_table",
    "claims_plot",
    "claims_table",
    "connection_distributions",
    "connection_table",
    "connectome_brain",
    "connectome_brains",
    "connectome_matrices",
    "connectome_matrix",
    "contrast_plot",
    "contrast_table",
    "correlation_table",
    "cortex_map",
    "cortex_maps",
    "demographics_table",
    "disorder_brain",
    "enrichment_contrast_table",
    "enrichment_heatmap",
    "enrichment_heatmaps",
    "enrichment_table",
    "flow_diagram",
    "flow_table",
    "forest",
    "impact_plot",
    "impact_table",
    "label",
    "map_correlation_plot",
    "map_correlation_table",
    "network_matrices",
    "network_matrix",
    "network_table",
    "null_comparison",
    "overview",
    "planted_vs_estimated",
    "power_curve",
    "power_table",
    "quality_overview",
    "quality_table",
    "recovery",
    "recovery_table",
    "score_correlation_plot",
    "score_distributions",
    "specific_contrasts",
    "specificity_table",
    "spin_validity_table",
    "strongest_connections",
    "strongest_connections_gallery",
    "subcortex_map",
    "subcortex_maps",
    "upset_plot",
    "validation_plot",
    "validation_table",
]
