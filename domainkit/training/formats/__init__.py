"""Layouts in which rows for training are published, each read by one small module.

``table.FORMATS`` names them all. A layout says what a row holds, not how it is shown to a model:
that is a template's business (``domainkit.training.templates``).
"""
