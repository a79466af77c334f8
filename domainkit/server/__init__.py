"""The assistant over REST, on loopback by default; answers are the command line's JSON."""
