"""`python -m partwork` is the same as `partwork`."""

from partwork.cli.main import run

run()
