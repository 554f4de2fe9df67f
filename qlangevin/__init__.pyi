from . import analysis as analysis
from . import runs as runs
from . import sde as sde
from . import steady as steady
