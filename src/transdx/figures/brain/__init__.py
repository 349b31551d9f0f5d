"""Brains: the cortex and the subcortex in views, connections in glass."""
