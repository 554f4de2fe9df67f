"""Langevin equations as data: polynomial drift, noise, ports, and Gaussian states."""

from .assembly import Port
from .gaussian_state import Gaussian
from .model import Model
from .polynomial import Array, Monomials

__all__ = ["Array", "Gaussian", "Model", "Monomials", "Port"]
