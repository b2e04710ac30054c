"""The path itself: due, claimed, sent, settled. One verb a module."""
