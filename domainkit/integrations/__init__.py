"""An assistant inside other people's frameworks."""
