"""Runs the command line as ``python -m domainkit``."""

from domainkit.cli.main import main

main()
