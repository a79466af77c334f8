"""Packs: everything that makes an assistant of a domain, as data."""
