"""Assistants that answer only from their owner's documents, and cite them."""

__version__ = "0.1.0"
