"""From published files to rows that may be trained on: read, screened, compared, accounted for."""
