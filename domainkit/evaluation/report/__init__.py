"""A run as a page a person reads: what was tested, on what, what failed, and with what limits."""
