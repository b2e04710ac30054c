"""Partwork: an article becomes a drip series, sent at each subscriber's own local hour."""

__version__ = "0.1.0"
