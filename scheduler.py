"""The clock process: it enrolls, dispatches and delivers what is due (`--once` for cron)."""

import sys
from pathlib import Path

try:
    from partwork.clock import main
except ModuleNotFoundError as missing:
    sys.exit(f"{missing}: run scheduler.py with the Python that Partwork is installed for")
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], folder=Path(__file__).resolve().parent))
