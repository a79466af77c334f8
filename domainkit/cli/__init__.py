"""The command line. One module a group of commands, imported only when its command runs."""
