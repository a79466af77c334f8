"""The store: the truth about documents and passages. Indexes derive from it."""
