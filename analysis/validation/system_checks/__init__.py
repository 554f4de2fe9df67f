"""Checks of a system: what every system must pass, from its drift to a short run."""

from .battery import check_system
from .results import SystemCheck, SystemChecks

__all__ = ["SystemCheck", "SystemChecks", "check_system"]
