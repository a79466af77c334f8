"""Judges questions before anything is retrieved, and answers before anyone sees them."""
