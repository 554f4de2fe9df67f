"""Exact rational arithmetic: the solution of a Lyapunov equation, and Routh–Hurwitz."""

from fractions import Fraction

import numpy as np


def routh_stable(A):
    """Whether every eigenvalue of A has a negative real part, by exact rational arithmetic."""
    n = len(A)
    exact = [[Fraction(x) for x in row] for row in A.tolist()]
    adjugate = [[Fraction(i == j) for j in range(n)] for i in range(n)]
    coefficients = [Fraction(1)]
    for k in range(1, n + 1):
        product = [
            [sum(exact[i][m] * adjugate[m][j] for m in range(n)) for j in range(n)]
            for i in range(n)
        ]
        coefficients.append(-sum(product[i][i] for i in range(n)) / k)
        adjugate = [
            [product[i][j] + coefficients[k] * (i == j) for j in range(n)] for i in range(n)
        ]
    above = coefficients[0::2]
    row = coefficients[1::2]
    for _ in range(n):
        if not row or row[0] <= 0:
            return False
        row = row + [Fraction(0)] * (len(above) - len(row))
        following = [a - above[0] / row[0] * b for a, b in zip(above[1:], row[1:], strict=True)]
        above = row
        row = following
    return True


def exactly(A, D):
    """V by Gaussian elimination in rational numbers, each element rounded once."""
    n = len(A)
    places = {(i, j): k for k, (i, j) in enumerate(zip(*np.triu_indices(n), strict=True))}
    rows = [[Fraction(0)] * (len(places) + 1) for _ in places]
    for (i, j), row in places.items():
        rows[row][-1] = -Fraction(D[i, j])
        for k in range(n):
            rows[row][places[min(k, j), max(k, j)]] += Fraction(A[i, k])
            rows[row][places[min(k, i), max(k, i)]] += Fraction(A[j, k])
    for column in range(len(rows)):
        pivot = next(r for r in range(column, len(rows)) if rows[r][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [x / rows[column][column] for x in rows[column]]
        for r in set(range(len(rows))) - {column}:
            if factor := rows[r][column]:
                rows[r] = [x - factor * y for x, y in zip(rows[r], rows[column], strict=True)]
    return np.array(
        [[float(rows[places[min(i, j), max(i, j)]][-1]) for j in range(n)] for i in range(n)]
    )
