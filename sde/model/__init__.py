"""Langevin equations as data: polynomial drift, noise, ports, and Gaussian states."""

from ..support.checks import Array
from .gaussian_state import Gaussian
from .model import Model
from .polynomial import Monomials
from .ports import Port

__all__ = ["Array", "Gaussian", "Model", "Monomials", "Port"]
