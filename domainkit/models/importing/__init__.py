"""Converts checkpoints that run only with their own code to transformers' native classes."""
