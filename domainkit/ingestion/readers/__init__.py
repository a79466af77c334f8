"""One reader a format. Each turns its library's own errors into an ``IngestionError``."""
