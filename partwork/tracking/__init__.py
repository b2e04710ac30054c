"""Signed links and what comes back through them."""
