"""Figures and tables: every function takes tidy tables and returns something to display."""

from transdx.figures.brain.circuit import circuit_picture
from transdx.figures.brain.findings import disorder_brain, overview
from transdx.figures.brain.glass import (
    connectome_brains,
    strongest_connections,
    strongest_connections_gallery,
)
from transdx.figures.brain.maps import cortex_map, cortex_maps, subcortex_map, subcortex_maps
from transdx.figures.canvas.picture import Gallery, Note, Picture
from transdx.figures.charts.cells import (
    map_correlation_plot,
    network_matrices,
    score_correlation_plot,
)
from transdx.figures.charts.checks import planted_vs_estimated, power_curve
from transdx.figures.charts.connectomes import connection_distributions, connectome_matrices
from transdx.figures.charts.enrichment import enrichment_heatmaps, null_comparison
from transdx.figures.charts.intervals import (
    claims_plot,
    contrast_plot,
    forest,
    impact_plot,
    validation_plot,
)
from transdx.figures.charts.sample import flow_diagram, quality_overview, score_distributions
from transdx.figures.charts.upset import upset_plot
from transdx.figures.tables.catalogue import (
    association_table,
    circuit_table,
    connection_table,
    contrast_table,
    correlation_table,
    demographics_table,
    enrichment_contrast_table,
    enrichment_table,
    flow_table,
    impact_table,
    map_correlation_table,
    network_table,
    power_table,
    quality_table,
    recovery_table,
    specific_contrasts,
    specificity_table,
    spin_validity_table,
    validation_table,
)
from transdx.figures.tables.claims import claims_table
from transdx.figures.tables.view import TableView
from transdx.naming import label

__all__ = [
    "Gallery",
    "Note",
    "Picture",
    "TableView",
    "association_table",
    "circuit_picture",
    "circuit_table",
    "claims_plot",
    "claims_table",
    "connection_distributions",
    "connection_table",
    "connectome_brains",
    "connectome_matrices",
    "contrast_plot",
    "contrast_table",
    "correlation_table",
    "cortex_map",
    "cortex_maps",
    "demographics_table",
    "disorder_brain",
    "enrichment_contrast_table",
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
    "network_table",
    "null_comparison",
    "overview",
    "planted_vs_estimated",
    "power_curve",
    "power_table",
    "quality_overview",
    "quality_table",
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
