"""Normals from a compiled kernel module, for the tests of the noise."""

import numpy as np
from qlangevin.sde import Model
from qlangevin.sde.kernels import LANES, build_kernel
from qlangevin.sde.noise import STEPS
from qlangevin.sde.terms import lose


def compiled_noise():
    return build_kernel(Model.build(["a"], [lose("a", "p", amplitude_rate=1.0)]), 0.01).module


def draw(module, seed, cells, rows, first=0, chunk=0, purpose=STEPS):
    """Normals (trajectories, rows)."""
    G, Z = np.zeros((cells, 4 * LANES), np.uint64), np.empty((cells, rows * LANES))
    module.reseed(G, np.uint64(seed), first, chunk, purpose)
    module.fill_normals(G, Z)
    return Z.reshape(cells, rows, LANES).transpose(0, 2, 1).reshape(-1, rows)
