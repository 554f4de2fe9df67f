"""qlangevin: stochastic Langevin trajectories, moments and steady states of one model.

`import qlangevin as ql` loads each name when it is first used. The stub beside this file lists the
names.
"""

from importlib.metadata import version as _version

import lazy_loader as _lazy

__version__ = _version("qlangevin")
__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
