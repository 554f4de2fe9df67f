"""Covariances of filtered light by quadrature over frequency: one linear solve per frequency."""

import numpy as np

from qlangevin.steady import Filter


def axis(scale, points=1200):
    """Frequencies and weights of ∫dω/2π over the real line, by ω = s tan(θ/2), exact for 1/ω²."""
    theta = -np.pi + 2 * np.pi * (np.arange(points) + 0.5) / points
    omega = scale * np.tan(theta / 2)
    return omega, (scale**2 + omega**2) / (2 * scale) / points


def transfer(A, B, C, D, frequencies):
    """u(ω) and y(ω) by noise: (−iω − A)⁻¹B and C(−iω − A)⁻¹B + D."""
    u = np.linalg.solve(-1j * frequencies[:, None, None] * np.eye(len(A)) - A, B)
    return u, C @ u + D


def filter_matrix(each: Filter, frequencies):
    """The filter as a matrix on (X, Y) at each frequency: quadratures of g and of its mirror."""
    plus = each.amplitude(frequencies)
    minus = each.amplitude(-frequencies).conj()
    real, imaginary = (plus + minus) / 2, (plus - minus) / 2j
    rows = [np.stack([real, -imaginary], -1), np.stack([imaginary, real], -1)]
    return np.stack(rows, axis=-2)


def covariance(A, B, lights, filters, scale, points=1200, channels=None):
    """Covariance of u and of filtered modes; `lights` are (C, D) before each filter.

    `channels` are the correlations of the noise, or its commutators.
    """
    omega, weights = axis(scale, points)
    rows = [transfer(A, B, np.eye(len(A)), 0 * B, omega)[1]]
    for (C, D), each in zip(lights, filters, strict=True):
        rows.append(filter_matrix(each, omega) @ transfer(A, B, C, D, omega)[1])
    M = np.concatenate(rows, axis=-2)
    channels = np.eye(B.shape[1]) if channels is None else channels
    return np.einsum("w,wij,jl,wkl->ik", weights, M, channels, M.conj(), optimize=True).real
