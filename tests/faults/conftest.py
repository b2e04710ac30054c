"""Stages and workspaces for the faults."""

from __future__ import annotations

from tests.journeys.conftest import handed_out as handed_out
from tests.journeys.conftest import place as place
from tests.store.conftest import blank_database as blank_database
from tests.store.conftest import kind as kind
from tests.store.conftest import stage as stage
