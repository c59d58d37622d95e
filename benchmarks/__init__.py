"""Benchmarks: values compared first, then timed in turns."""
