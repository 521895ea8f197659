"""Which kind is printed by which function, by ``group/resource``."""

from __future__ import annotations

from collections.abc import Mapping

from kubegate.apiserver.tables.cells import Printer

PRINTERS: Mapping[str, Printer] = {}
