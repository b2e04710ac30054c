"""The command that proposes a series from an article."""
def split() -> None:
    """Propose a series."""
