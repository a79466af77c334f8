"""Model files: which there are, where they come from, where they are kept."""
