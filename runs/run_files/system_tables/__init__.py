"""Systems that a run file declares itself, in its [system] tables, without Python.

Their expressions are read by a grammar and checked for units and operators before they are
evaluated.
"""

from .declaration import declared_system

__all__ = ["declared_system"]
