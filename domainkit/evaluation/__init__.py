"""Measures: benchmarks with judged documents, their metrics, and what both cost."""
