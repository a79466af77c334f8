"""From (question, passage) pairs to an embedder tuned to the owner's documents."""
