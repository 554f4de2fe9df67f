"""Published papers, reproduced: one folder per paper, with its claims, data and drawings.

`paper` defines what a paper consists of. `curves`, `shared_data` and `shared_drawings` hold what
several papers use.
"""

PAPERS = ("microrings", "spinning", "scatterers", "cascaded", "hybrid")
"""Folders of the papers; these are also their names on the command line."""
