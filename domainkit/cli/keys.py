"""Reads one key of a terminal, or one character of what is piped in."""

from __future__ import annotations

import sys

END = "\x04"  # what Ctrl-D types


def pressed() -> str:
    """Return the next key; ``END`` where there is none, and for Ctrl-C."""
    if not sys.stdin.isatty():
        return sys.stdin.read(1) or END
    try:
        import termios
        import tty
    except ImportError:  # no POSIX terminal: the key comes with a line
        return sys.stdin.readline()[:1] or END
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        return sys.stdin.read(1) or END
    except KeyboardInterrupt:
        return END
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
