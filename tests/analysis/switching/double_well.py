"""A double well whose switching rates are known: dx = (x − x³ + b)dt + √(2T) dW.

The second quadrature is uncoupled. The model is in units of x/L, so that vacuum noise ½ is small
beside the wells. Exact: mean first-passage times of the continuous path by two integrals, and the
slow relaxation of stepped paths by their transition matrix.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre
from scipy import integrate
from scipy.special import ndtr

from qlangevin.sde import Gaussian, Model
from qlangevin.sde.model.polynomial import Monomials

LENGTH = 100.0
EDGE = 2.6
NODES = legendre.leggauss(300)


@dataclass(frozen=True)
class DoubleWell:
    """Temperature T and tilt b; `cubic` is −1 unless a test plants a fault."""

    temperature: float = 0.1
    tilt: float = 0.0
    cubic: float = -1.0

    def model(self):
        L = LENGTH
        none = Monomials(np.zeros((0, 3), int), np.zeros(0))
        return Model(
            modes=("a",),
            quadratures=("a.X", "a.Y"),
            channels=("first", "second"),
            c=np.array([self.tilt * L, 0.0]),
            A=np.diag([1.0, -1.0]),
            Q=none,
            K=Monomials(np.array([[0, 0, 0, 0]]), np.array([self.cubic / L**2])),
            B=np.diag([L * np.sqrt(2 * self.temperature), 20.0]),
            ports={},
        )

    def force(self, x):
        return x - x**3 + self.tilt

    def energy(self, x):
        return x**4 / 4 - x**2 / 2 - self.tilt * x

    def minima(self):
        return np.sort(np.roots([-1.0, 0.0, 1.0, self.tilt]).real)[[0, 2]]

    def widths(self):
        return np.sqrt(self.temperature / (3 * self.minima() ** 2 - 1))

    def branches(self):
        """Steady states of the linearised equations about the two minima."""
        return [
            Gaussian(np.array([LENGTH * x, 0.0]), np.diag([(LENGTH * s) ** 2, 200.0]))
            for x, s in zip(self.minima(), self.widths(), strict=True)
        ]

    def cores(self, core=1.0):
        (a, b), (left, right) = self.minima(), self.widths()
        return a + core * left, b - core * right

    def boltzmann(self, low, high):
        """Probability of low < x < high in equilibrium."""

        def weight(*ends):
            return integrate.quad(
                lambda x: np.exp(-self.energy(x) / self.temperature), *ends, epsrel=1e-11
            )[0]

        return weight(low, high) / weight(-EDGE, EDGE)

    def passage_time(self, start, end):
        """Mean first-passage time ∫dy e^{U(y)/T} ∫dz e^{−U(z)/T}/T, z from behind the start."""
        side = np.sign(end - start)
        mirror = DoubleWell(self.temperature, side * self.tilt)
        y, w = NODES
        y, w = side * start + (y + 1) * abs(end - start) / 2, w * abs(end - start) / 2

        def inner(upper):
            z, v = NODES
            z, v = -EDGE + (z + 1) * (upper + EDGE) / 2, v * (upper + EDGE) / 2
            return v @ np.exp(-mirror.energy(z) / self.temperature)

        behind = np.array([inner(upper) for upper in y])
        return w @ (np.exp(mirror.energy(y) / self.temperature) * behind) / self.temperature

    def transition(self, step, points):
        """Edges of cells, and the transition matrix of one Euler step between their centres.

        Moving what a cell holds to its centre adds dx²/12 to the variance, so that much is taken
        from the variance of the step.
        """
        edges = np.linspace(-EDGE, EDGE, points + 1)
        x = (edges[1:] + edges[:-1]) / 2
        spread = np.sqrt(2 * self.temperature * step - (edges[1] - edges[0]) ** 2 / 12)
        return edges, np.diff(ndtr((edges - (x + step * self.force(x))[:, None]) / spread), axis=1)

    def stepped_passage_time(self, start, end, step, points=1000):
        """Mean time t of Euler paths from start until a step ends beyond end: (1 − P) t = step."""
        edges, P = self.transition(step, points)
        here = np.clip((end - edges[:-1]) / np.diff(edges), 0, 1)
        times = np.linalg.solve(np.eye(points) - P * here, np.full(points, step))
        return np.interp(start, (edges[1:] + edges[:-1]) / 2, times)

    def slow_law(self, step, points=400):
        """Exact rates (2,) of Euler paths, from the slow eigenvalue of their transition matrix.

        The right eigenvector is constant in each well; the two levels divide the slow rate.
        """
        edges, P = self.transition(step, points)
        values, vectors = np.linalg.eig(P)
        second = np.argsort(-values.real)[1]
        slow = -np.log(values[second].real) / step
        level = np.interp(self.minima(), (edges[1:] + edges[:-1]) / 2, vectors[:, second].real)
        held = np.abs(level[::-1]) / np.abs(level).sum()
        return slow * held[::-1]

    def occupied(self, rates, times, start):
        """Mean occupations (2,) between two times of a two-state process with rates (2,)."""
        total, (begin, end) = rates.sum(), times
        left = (np.exp(-total * begin) - np.exp(-total * end)) / (total * (end - begin))
        return rates[::-1] / total * (1 - left) + left * (np.arange(2) == start)
