"""A model: the arrays of a polynomial Langevin equation with additive noise, and their labels.

    du = [c + A u + Q(u,u) + K(u,u,u)] dt + B dW
    light leaving port j:  C_j u + D_j dW/dt + d_j

Conventions: quadratures X = (a + a†)/√2, Y = (a − a†)/(i√2), vacuum variance ½, two per mode in the
order of the modes; rates are angular, rad/s. The drift is that of truncated Wigner c-numbers (Weyl
ordering): third-order Moyal terms are dropped, so a model is exact where its Hamiltonian is
quadratic and semiclassical beyond.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ..support.checks import Array, require_positive, shown
from .assembly import assemble
from .drift import PolynomialDrift
from .equations import TypesetModel
from .joining import joined_fields
from .master_equation import LindbladForm
from .points import one_axis, point_numbers
from .polynomial import Monomials
from .ports import Port, light_shares
from .term_kinds import Terms


@dataclass(frozen=True, eq=False)
class Model(PolynomialDrift, LindbladForm, TypesetModel):
    """A Langevin equation as labelled arrays; `Model.build` makes one from terms.

    Parameters
    ----------
    modes, quadratures, channels : tuple of str
        Names of the modes, of their n quadratures such as "cavity.X", and of the noise channels.
    c : array (..., n)
        Constant drift in rad/s. Leading axes of all arrays, if any, run over parameter points.
    A : array (..., n, n)
        Linear drift in rad/s.
    Q, K : Monomials
        Quadratic and cubic drift in rad/s.
    B : array (..., n, channels)
        Noise in √(rad/s).
    ports : mapping of str to Port
        Where light enters and leaves, by name.

    Raises
    ------
    ValueError
        For an array that is not finite.

    Examples
    --------
    >>> import qlangevin as ql
    >>> loss = ql.terms.lose("cavity", "fibre", amplitude_rate=2e6)
    >>> model = ql.Model.build(["cavity"], [ql.terms.detune("cavity", 1e6), loss])
    >>> model.quadratures
    ('cavity.X', 'cavity.Y')
    >>> model.A
    array([[-2000000.,  1000000.],
           [-1000000., -2000000.]])
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
        arrays = {"c": self.c, "A": self.A, "B": self.B, "Q": self.Q.value, "K": self.K.value}
        for name, values in arrays.items():
            if not np.all(np.isfinite(values)):
                raise ValueError(f"{name} must be finite; check the rates that went into it")

    @classmethod
    def build(cls, modes: Iterable[str], terms: Terms, *, mechanical: Iterable[str] = ()) -> Model:
        """Add up terms over the named modes; the order of the terms does not matter.

        Parameters
        ----------
        modes : iterable of str
            A name for each mode, in the order of the quadratures: letters of any alphabet, digits
            and _, a letter first; dots may join such names, as in "left.cavity". Ports likewise.
        terms : term, or iterable of terms
            Terms made by the functions of `qlangevin.sde.terms`, or nested lists of them. Their
            numbers may be arrays over parameter points, which broadcast.
        mechanical : iterable of str
            Modes whose quadratures are called q and p, beside those of `press`, `rub` and others.

        Returns
        -------
        Model

        Raises
        ------
        ValueError
            For names that are repeated or not formed as above, an item that is no term, a term on
            an unknown mode, arrays that do not broadcast, two occupations or squeezings on one
            port, and a loop of feeds that has no solution.

        Examples
        --------
        >>> import qlangevin as ql
        >>> ql.Model.build(["cavity"], [ql.terms.lose("cavity", "fibre", amplitude_rate=2e6)])
        <Model of cavity: 2 quadratures, 2 noise channels, 0 quadratic and 0 cubic terms>
        """
        return cls(**assemble(modes, terms, mechanical))

    @classmethod
    def join(cls, *, terms: Terms = (), **parts: Model) -> Model:
        """One model of several, whose light and modes are coupled by further terms.

        Parameters
        ----------
        terms : term, or iterable of terms
            `feed`, `mix` and `shine` connect the ports of the parts, here "left.fibre" and so on;
            any other term couples their modes, such as exchange("left.a", "right.a", J), or adds
            ports. Feeds may form loops.
        **parts : Model
            The models by name, with parameter points that broadcast. A mode a of the part left is
            called left.a; ports and noise channels likewise.

        Returns
        -------
        Model

        Raises
        ------
        ValueError
            For a name that cannot name a mode, a port or mode that does not exist, a port that is
            connected already, a jump at a part's port, and a loop of feeds that has no solution.

        Examples
        --------
        Light of the left cavity enters the right one, and not the reverse:

        >>> import qlangevin as ql
        >>> cell = ql.Model.build(["a"], ql.terms.lose("a", "fibre", amplitude_rate=1.0))
        >>> fibre = ql.terms.feed("left.fibre", "right.fibre", transmission=0.81)
        >>> both = ql.Model.join(left=cell, right=cell, terms=fibre)
        >>> both.modes
        ('left.a', 'right.a')
        >>> both.A.round(12)
        array([[-1. ,  0. ,  0. ,  0. ],
               [ 0. , -1. ,  0. ,  0. ],
               [-1.8,  0. , -1. ,  0. ],
               [ 0. , -1.8,  0. , -1. ]])
        """
        return cls(**joined_fields(cls.build, parts, terms))

    @cached_property
    def diffusion(self) -> Array:
        """D = B Bᵀ (..., n, n), in rad/s."""
        return self.B @ np.swapaxes(self.B, -1, -2)

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
            default, give one axis, in the order of the numbers.

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

    def scaled(self, nonlinearity: float) -> Model:
        """The model with the same linear fluctuations and a nonlinearity s times as strong.

        Its mean-level drift is f(s u)/s, its noise unchanged, as when G₀ → sG₀, ε → ε/s and χ → s²χ
        of a Kerr mode. Fixed points lie at ū/s, their A and D unchanged; s → 0 is the linearised
        theory.

        Parameters
        ----------
        nonlinearity : float
            The factor s.

        Returns
        -------
        Model

        Raises
        ------
        ValueError
            Unless s is positive and leaves every rate finite.

        Examples
        --------
        >>> import qlangevin as ql
        >>> model = ql.Model.build(["a"], [ql.terms.kerr("a", 3.0), ql.terms.drive("a", 1.0)])
        >>> half = model.scaled(0.5)
        >>> half.K.value / model.K.value
        array([0.25, 0.25, 0.25, 0.25])
        >>> float(half.c[0] / model.c[0])
        2.0
        """
        require_positive("nonlinearity", nonlinearity, unit="")
        mean = self.mean_level
        s = np.float64(nonlinearity)
        with np.errstate(all="ignore"):
            ports = {
                name: replace(port, d=port.d / s, shone=port.shone / s)
                for name, port in self.ports.items()
            }
            Q, K = mean.Q.times(s), mean.K.times(s**2)
            try:
                stretched = replace(mean, c=mean.c / s, Q=Q, K=K, ports=ports)
                return stretched.averaged(-0.5 * np.eye(self.size))
            except ValueError:
                finite = "nonlinearity must be nearer to 1, for every rate to be finite"
                raise ValueError(f"{finite} (got {shown(nonlinearity)})") from None

    def light_shares(self, u: Array) -> Array:
        """Coherent light that leaves each port, as a share of all light shone in.

        Parameters
        ----------
        u : array (..., n)
            Means of the quadratures.

        Returns
        -------
        array (..., ports)
            In the order of `ports`; NaN where nothing is shone in. Light that is fed on to another
            port is counted at both, unless it is lost between them.

        Examples
        --------
        A cavity on resonance with equal losses into two ports transmits all the light:

        >>> import qlangevin as ql
        >>> ports = [ql.terms.lose("a", port, amplitude_rate=1.0) for port in ("left", "right")]
        >>> model = ql.Model.build(["a"], [*ports, ql.terms.shine("left", 3.0)])
        >>> mean = ql.steady_state(model)["mean"].values[0]
        >>> model.light_shares(mean).round(12)
        array([0., 1.])
        """
        return light_shares(self.ports.values(), self._require_quadratures(u))

    def mode_index(self, mode: str) -> int:
        """Position of a mode among the modes.

        Parameters
        ----------
        mode : str
            Its name.

        Returns
        -------
        int

        Raises
        ------
        ValueError
            For an unknown mode; the message names those of the model.

        Examples
        --------
        >>> import qlangevin as ql
        >>> ql.systems.Microrings.published().model().mode_index("b")
        1
        """
        if not isinstance(mode, str) or mode not in self.modes:
            raise ValueError(f"mode must be one of {', '.join(self.modes)} (got {shown(mode)})")
        return self.modes.index(mode)

    def __repr__(self) -> str:
        points = f", {self.batch} parameter points" if self.batch else ""
        return (
            f"<Model of {', '.join(self.modes)}: {self.size} quadratures, "
            f"{len(self.channels)} noise channels, "
            f"{len(self.Q.index)} quadratic and {len(self.K.index)} cubic terms{points}>"
        )
