"""Measurements; each prints a table and JSON. See BENCHMARKS.md."""
