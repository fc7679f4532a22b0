"""How lies of several files are made."""
