"""Benchmarks of others as suites, and suites in the forms that others' programs read."""
