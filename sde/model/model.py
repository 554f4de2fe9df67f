"""A model is data: the arrays of a polynomial Langevin equation with additive noise, and their
labels.

    du = [ c + A u + Q(u,u) + K(u,u,u) ] dt + B dW,      light leaving port j:  C_j u + D_j dW/dt + d_j

Jacobian, re-expansion about a mean, Gaussian averages, diffusion, fixed points and kernels all
derive from them.

Conventions: quadratures X = (a + a†)/√2, Y = (a − a†)/(i√2), vacuum variance ½, two per mode in the
order of the modes; rates are angular, rad/s. The drift is that of truncated Wigner c-numbers (Weyl
ordering): third-order Moyal terms are dropped, so a model is exact where its Hamiltonian is
quadratic and semiclassical beyond.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ..support.checks import Array, numeric, require_one_of, require_positive, shown
from .assembly import assemble
from .points import one_axis, point_numbers
from .polynomial import Monomials
from .ports import Port
from .term_kinds import Terms


@dataclass(frozen=True, eq=False)
class Model:
    """The arrays of one Langevin equation with their labels; leading axes, if any, run over
    parameter points.

    c (..., n), A (..., n, n), B (..., n, channels), Q and K as `Monomials`; rad/s, and √(rad/s) for
    B.
    """

    modes: tuple[str, ...]
    quadratures: tuple[str, ...]
    channels: tuple[str, ...]
    c: Array
    A: Array
    Q: Monomials
    K: Monomials
    B: Array
    ports: Mapping[str, Port]

    def __post_init__(self) -> None:
        for name, values in (
            ("c", self.c),
            ("A", self.A),
            ("B", self.B),
            ("Q", self.Q.value),
            ("K", self.K.value),
        ):
            if not np.all(np.isfinite(values)):
                raise ValueError(f"{name} must be finite; check the rates that went into it")

    @classmethod
    def build(cls, modes: Iterable[str], terms: Terms) -> Model:
        """Add up terms over the named modes; the order of the terms does not matter.

        Parameters
        ----------
        modes : iterable of str
            A name for each mode, in the order of the quadratures: letters of any alphabet, digits
            and _, a letter first; dots may join such names, as in "left.cavity". Ports are named
            likewise, so that words such as "log_negativity(cavity, membrane)" and
            "transmission(fibre)" can name both.
        terms : term, or iterable of terms
            What the verbs of `qlangevin.sde.terms` return; lists of terms may stand among them, at
            any depth. Their numbers may be arrays over parameter points, which broadcast.

        Returns
        -------
        Model

        Raises
        ------
        ValueError
            For names as above that are none or are repeated; for what is no term, by its place; for
            a term on an unknown mode, arrays that do not broadcast, two occupations on one port,
            and feeds that form a loop.

        Examples
        --------
        >>> from qlangevin.sde.terms import detune, lose
        >>> Model.build(["cavity"], [detune("cavity", 1e6), lose("cavity", "fibre", amplitude_rate=2e6)])
        <Model of cavity: 2 quadratures, 2 noise channels, 0 quadratic and 0 cubic terms>
        """
        return cls(**assemble(modes, terms))

    @property
    def size(self) -> int:
        """Number of quadratures n."""
        return len(self.quadratures)

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the leading axes (parameter points)."""
        return self.A.shape[:-2]

    @property
    def linear(self) -> bool:
        """Whether the drift has no quadratic and no cubic term."""
        return not (self.Q.value.any() or self.K.value.any())

    @cached_property
    def diffusion(self) -> Array:
        """D = B Bᵀ, shape (..., n, n), rad/s."""
        return self.B @ np.swapaxes(self.B, -1, -2)

    @cached_property
    def mean_level(self) -> Model:
        """The model whose drift is the vacuum average of this one: the normal-ordered mean-field
        equations.
        """
        return self.averaged(0.5 * np.eye(self.size))

    @property
    def deterministic(self) -> Model:
        """The model of the drift alone, without noise channels and ports."""
        return replace(self, channels=(), B=self.B[..., :0], ports={})

    def at(self, points: ArrayLike | None = None) -> Model:
        """The model at some of its parameter points.

        Parameters
        ----------
        points : int, or array of int or bool, optional
            Numbers of the points, from 0, counted through the leading axes with the last axis
            fastest (C order): point (i, j) of leading axes (3, 2) is number 2i + j. Or a mask of
            the shape `batch`. Default: all points.

        Returns
        -------
        Model
            Its leading axes have the shape of `points`: none for one number. A mask, and the
            default, give one axis, in the order of the numbers, even where there is one point only.

        Raises
        ------
        ValueError
            For points that are no whole numbers or do not exist, and a mask of another shape.

        Examples
        --------
        >>> import numpy as np
        >>> import qlangevin as ql
        >>> rates = np.array([[1e6, 2e6], [3e6, 4e6], [5e6, 6e6]])
        >>> model = ql.Model.build(["cavity"], [ql.terms.detune("cavity", rates)])
        >>> float(model.at(3).A[0, 1])
        4000000.0
        >>> model.at([0, 5]).batch, model.at(rates > 2e6).batch, model.at().batch
        ((2,), (4,), (6,))
        """
        index = point_numbers(points, self.batch)

        def picked(values: Array, axes: int) -> Array:
            return one_axis(values, axes, self.batch)[index]

        Q, K = (Monomials(terms.index, picked(terms.value, 1)) for terms in (self.Q, self.K))
        A, B = picked(self.A, 2), picked(self.B, 2)
        ports = {name: port.mapped(picked) for name, port in self.ports.items()}
        return replace(self, c=picked(self.c, 1), A=A, Q=Q, K=K, B=B, ports=ports)

    @cached_property
    def tensors(self) -> tuple[Array, Array]:
        """Q (..., n, n, n) and K (..., n, n, n, n) as dense arrays, symmetric in all factors."""
        Q = self.Q.scatter(self.Q.value, (0, 1, 2), self.size)
        K = self.K.scatter(self.K.value, (0, 1, 2, 3), self.size)
        return _symmetric(Q, 2), _symmetric(K, 3)

    def drift(self, u: Array, level: Literal["weyl", "mean"] = "weyl") -> Array:
        """Deterministic part of du/dt at u (..., n), real or complex, shape (..., n).

        `level="weyl"` is the c-number drift of trajectories; "mean" its vacuum average, the papers'
        mean-field drift.
        """
        u = self._state(u)
        m = self._at(level)
        return m.c + (m.A @ u[..., None])[..., 0] + m.Q.evaluate(u) + m.K.evaluate(u)

    def jacobian(self, u: Array, level: Literal["weyl", "mean"] = "weyl") -> Array:
        """∂drift/∂u at u (..., n), shape (..., n, n); `level` as in `drift`."""
        u = self._state(u)
        m = self._at(level)
        return m.A + m.Q.jacobian(u) + m.K.jacobian(u)

    def about(self, u: Array) -> Model:
        """The same equation for δ = u′ − u, exactly: c = f(u), A = ∂f(u), Q gains the slices of K."""
        u = self._state(u)
        cubic = self.K.slice(u)
        batch = np.broadcast_shapes(self.batch, u.shape[:-1])
        quadratic = Monomials(
            np.concatenate([self.Q.index, cubic.index]),
            np.concatenate([_spread(self.Q.value, batch), _spread(cubic.value, batch)], axis=-1),
        )
        return replace(self, c=self.drift(u), A=self.jacobian(u), Q=quadratic)

    def averaged(self, V: Array) -> Model:
        """The model of the Gaussian average of the drift, ⟨f(u + δ)⟩ = f(u) + ½f″:V, at fixed
        covariance V (..., n, n).

        Q feels V in its constant part, K in its linear part; its Jacobian is the average of the
        Jacobian.
        """
        V = numeric("V", V)
        if V.shape[-2:] != (self.size, self.size):
            raise ValueError(
                f"V must have shape (..., {self.size}, {self.size}), as the model has (got "
                f"{V.shape})"
            )
        _, j, k = self.Q.index.T
        shift = self.Q.scatter(self.Q.value * V[..., j, k], (0,), self.size)
        slope = np.zeros((self.size, self.size))
        for p, q, r in ((1, 2, 3), (2, 1, 3), (3, 1, 2)):
            value = self.K.value * V[..., self.K.index[:, q], self.K.index[:, r]]
            slope = slope + self.K.scatter(value, (0, p), self.size)
        return replace(self, c=self.c + shift, A=self.A + slope)

    def scaled(self, nonlinearity: float) -> Model:
        """The same linear fluctuations, nonlinearity s times as strong: mean-level drift f(s u)/s,
        the noise as it is.

        As G₀ → sG₀, ε → ε/s and χ → s²χ of a Kerr mode do. Fixed points come to lie at ū/s, their A
        and D stay; s → 0 is the linearised theory. Raises ValueError unless s is positive and
        leaves every rate finite.
        """
        require_positive("nonlinearity", nonlinearity, unit="")
        mean, s = self.mean_level, np.float64(nonlinearity)
        with np.errstate(all="ignore"):
            ports = {
                name: replace(port, d=port.d / s, shone=port.shone / s)
                for name, port in self.ports.items()
            }
            try:
                stretched = replace(
                    mean, c=mean.c / s, Q=_times(mean.Q, s), K=_times(mean.K, s**2), ports=ports
                )
                return stretched.averaged(-0.5 * np.eye(self.size))
            except ValueError:
                finite = "nonlinearity must be nearer to 1, for every rate to be finite"
                raise ValueError(f"{finite} (got {shown(nonlinearity)})") from None

    def light_shares(self, u: Array) -> Array:
        """Coherent light behind each port at means u (..., n), over all that is shone in: (...,
        ports).

        In the order of `ports`; what a port feeds onward passes there, and leaves by a later port
        or is lost between. NaN where nothing is shone in.
        """
        u = self._state(u)
        arriving = sum(
            (np.sum(port.shone**2, axis=-1) for port in self.ports.values()), np.zeros(())
        )
        leaving = [((port.C @ u[..., None])[..., 0] + port.d) for port in self.ports.values()]
        arriving = np.where(arriving > 0, arriving, np.nan)
        shares = [np.sum(light**2, axis=-1) / arriving for light in leaving]
        return np.stack(shares, axis=-1) if shares else np.zeros((*u.shape[:-1], 0))

    def mode_index(self, mode: str) -> int:
        """Position of a mode by name; ValueError naming the modes there are."""
        if not isinstance(mode, str) or mode not in self.modes:
            raise ValueError(f"mode must be one of {', '.join(self.modes)} (got {shown(mode)})")
        return self.modes.index(mode)

    def __repr__(self) -> str:
        points = f", {self.batch} parameter points" if self.batch else ""
        return (
            f"<Model of {', '.join(self.modes)}: {self.size} quadratures, {len(self.channels)} noise channels, "
            f"{len(self.Q.index)} quadratic and {len(self.K.index)} cubic terms{points}>"
        )

    def _at(self, level: str) -> Model:
        require_one_of("level", level, ("weyl", "mean"))
        return self if level == "weyl" else self.mean_level

    def _state(self, u: Array) -> Array:
        u = numeric("u", u)
        if u.shape[-1:] != (self.size,):
            raise ValueError(
                f"u must have shape (..., {self.size}), one entry per quadrature (got {u.shape})"
            )
        return u


def _symmetric(tensor: Array, factors: int) -> Array:
    """The mean of a tensor over all orders of its last `factors` axes."""
    lead, last = range(tensor.ndim - factors), range(tensor.ndim - factors, tensor.ndim)
    orders = list(permutations(last))
    return np.asarray(
        sum((tensor.transpose(*lead, *order) for order in orders), np.zeros(())) / len(orders)
    )


def _times(terms: Monomials, factor: float) -> Monomials:
    return replace(terms, value=factor * terms.value)


def _spread(values: Array, batch: tuple[int, ...]) -> Array:
    return np.broadcast_to(values, batch + values.shape[-1:])
