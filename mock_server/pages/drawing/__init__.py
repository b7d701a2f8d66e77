"""Drawings as values: what stands where, for templates that write SVG."""
