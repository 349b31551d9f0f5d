"""Figures and tables: every function takes tidy tables and returns something to display."""

from transdx.figures.brain.circuit import circuit_picture as circuit_picture
from transdx.figures.brain.findings import disorder_brain as disorder_brain
from transdx.figures.brain.findings import overview as overview
from transdx.figures.brain.glance import glance as glance
from transdx.figures.brain.glass import connectome_brains as connectome_brains
from transdx.figures.brain.glass import strongest_connections as strongest_connections
from transdx.figures.brain.glass import (
    strongest_connections_gallery as strongest_connections_gallery,
)
from transdx.figures.brain.maps import cortex_maps as cortex_maps
from transdx.figures.brain.maps import subcortex_maps as subcortex_maps
from transdx.figures.canvas.picture import Gallery as Gallery
from transdx.figures.canvas.picture import Note as Note
from transdx.figures.canvas.picture import Picture as Picture
from transdx.figures.charts.adjustments import adjustments_plot as adjustments_plot
from transdx.figures.charts.calibration import coverage_plot as coverage_plot
from transdx.figures.charts.calibration import false_positives_plot as false_positives_plot
from transdx.figures.charts.cells import map_correlation_plot as map_correlation_plot
from transdx.figures.charts.cells import network_matrices as network_matrices
from transdx.figures.charts.cells import score_correlation_plot as score_correlation_plot
from transdx.figures.charts.checks import planted_vs_estimated as planted_vs_estimated
from transdx.figures.charts.checks import power_curve as power_curve
from transdx.figures.charts.connectomes import connection_distributions as connection_distributions
from transdx.figures.charts.connectomes import connectome_matrices as connectome_matrices
from transdx.figures.charts.enrichment import enrichment_heatmaps as enrichment_heatmaps
from transdx.figures.charts.enrichment import null_comparison as null_comparison
from transdx.figures.charts.intervals import claims_plot as claims_plot
from transdx.figures.charts.intervals import cohort_forest as cohort_forest
from transdx.figures.charts.intervals import contrast_plot as contrast_plot
from transdx.figures.charts.intervals import forest as forest
from transdx.figures.charts.intervals import impact_plot as impact_plot
from transdx.figures.charts.intervals import pooled_forest as pooled_forest
from transdx.figures.charts.intervals import validation_plot as validation_plot
from transdx.figures.charts.reliability import reliability_plot as reliability_plot
from transdx.figures.charts.robustness import replication_heat as replication_heat
from transdx.figures.charts.robustness import replications_plot as replications_plot
from transdx.figures.charts.sample import flow_diagram as flow_diagram
from transdx.figures.charts.sample import quality_overview as quality_overview
from transdx.figures.charts.sample import score_distributions as score_distributions
from transdx.figures.charts.sizes import detection_curve as detection_curve
from transdx.figures.charts.sizes import exaggeration_plot as exaggeration_plot
from transdx.figures.charts.specifications import specification_curve as specification_curve
from transdx.figures.charts.specifications import specification_curves as specification_curves
from transdx.figures.charts.specifications import (
    specification_shares_plot as specification_shares_plot,
)
from transdx.figures.charts.upset import upset_plot as upset_plot
from transdx.figures.tables.calibration import calibration_table as calibration_table
from transdx.figures.tables.calibration import verdict_size_table as verdict_size_table
from transdx.figures.tables.calibration import verdict_table as verdict_table
from transdx.figures.tables.catalogue import association_table as association_table
from transdx.figures.tables.catalogue import circuit_table as circuit_table
from transdx.figures.tables.catalogue import connection_table as connection_table
from transdx.figures.tables.catalogue import contrast_table as contrast_table
from transdx.figures.tables.catalogue import correlation_table as correlation_table
from transdx.figures.tables.catalogue import demographics_table as demographics_table
from transdx.figures.tables.catalogue import enrichment_contrast_table as enrichment_contrast_table
from transdx.figures.tables.catalogue import enrichment_table as enrichment_table
from transdx.figures.tables.catalogue import flow_table as flow_table
from transdx.figures.tables.catalogue import impact_table as impact_table
from transdx.figures.tables.catalogue import map_correlation_table as map_correlation_table
from transdx.figures.tables.catalogue import network_table as network_table
from transdx.figures.tables.catalogue import power_table as power_table
from transdx.figures.tables.catalogue import quality_table as quality_table
from transdx.figures.tables.catalogue import recovery_table as recovery_table
from transdx.figures.tables.catalogue import score_reliability_table as score_reliability_table
from transdx.figures.tables.catalogue import spin_validity_table as spin_validity_table
from transdx.figures.tables.catalogue import validation_table as validation_table
from transdx.figures.tables.findings import claims_table as claims_table
from transdx.figures.tables.findings import specific_contrasts as specific_contrasts
from transdx.figures.tables.findings import specificity_table as specificity_table
from transdx.figures.tables.findings import trial_table as trial_table
from transdx.figures.tables.nuisances import equal_reliability_table as equal_reliability_table
from transdx.figures.tables.nuisances import nuisance_table as nuisance_table
from transdx.figures.tables.people import cohort_region_table as cohort_region_table
from transdx.figures.tables.people import cohort_table as cohort_table
from transdx.figures.tables.people import elsewhere_table as elsewhere_table
from transdx.figures.tables.people import pooled_table as pooled_table
from transdx.figures.tables.people import published_table as published_table
from transdx.figures.tables.people import relative_table as relative_table
from transdx.figures.tables.robustness import replicated_table as replicated_table
from transdx.figures.tables.robustness import replications_table as replications_table
from transdx.figures.tables.sizes import needed_table as needed_table
from transdx.figures.tables.sizes import small_studies_table as small_studies_table
from transdx.figures.tables.specifications import (
    specification_options_table as specification_options_table,
)
from transdx.figures.tables.specifications import (
    specification_shares_table as specification_shares_table,
)
from transdx.figures.tables.specifications import (
    specification_tests_table as specification_tests_table,
)
from transdx.figures.tables.view import TableView as TableView
from transdx.naming import label as label
