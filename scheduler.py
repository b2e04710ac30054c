"""The clock process: it enrolls, dispatches and delivers what is due (`--once` for cron)."""

import sys
from pathlib import Path

from partwork.clock import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], folder=Path(__file__).resolve().parent))
