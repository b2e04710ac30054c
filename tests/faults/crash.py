"""Run the clock once and die by `kill -9` at a named place: `python -m tests.faults.crash PLACE WORKSPACE`.

The product has no hook for this: a function is wrapped from outside before the clock starts.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

PLACES: dict[str, tuple[str, str, str]] = {
    # what is about to happen or has just happened: (module, function, before or after it)
    "enrolled but not committed": ("partwork.sending.enroll", "note_enrolled", "after"),
    "claimed but not committed": ("partwork.sending.dispatch", "claim", "after"),
    "claimed": ("partwork.clock", "deliver", "before"),
    "sending but not committed": ("partwork.sending.deliver", "begin_sending", "after"),
    "sending": ("partwork.sending.deliver", "ask", "before"),
    "answered": ("partwork.sending.deliver", "ask", "after"),
    "recorded but not committed": ("partwork.sending.record", "judge", "after"),
    "recorded": ("partwork.sending.deliver", "record_answers", "after"),
    "freed but not committed": ("partwork.sending.settle.settling", "expire_leases", "after"),
    "about to find out": ("partwork.sending.settle", "find_out", "before"),
    "found out": ("partwork.sending.settle", "find_out", "after"),
    "settled but not committed": ("partwork.sending.settle", "move_on", "after"),
}


def die(*_: object) -> NoReturn:
    """End as a power cut would: nothing is flushed, nothing is closed."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a process outlived its SIGKILL")


def set_trap(place: str) -> None:
    """Let this process die at a place."""
    module_name, name, when = PLACES[place]
    owner, _, attribute = module_name.rpartition(".")
    module = (
        getattr(importlib.import_module(owner), attribute)
        if attribute == "settling"
        else importlib.import_module(module_name)
    )
    function: Callable[..., object] = getattr(module, name)

    def trapped(*given: object, **named: object) -> object:
        if when == "before":
            die()
        function(*given, **named)
        return die()

    setattr(module, name, trapped)


def main() -> int:
    """Run `scheduler.py --once` over a workspace, in the shadow of a trap."""
    place, workspace = sys.argv[1:]
    from partwork import clock

    set_trap(place)
    return clock.main(["--once"], folder=Path(workspace))


if __name__ == "__main__":
    sys.exit(main())
