"""The light that leaves a model, recorded along trajectories, and its spectra.

record               what is recorded: ports and frequencies
record_plan          bins and segments of a record in the steps of a run
recorded_model       a model with its outgoing light as further quadratures
periodograms         spectra of trajectories, segment by segment
light_sums           their sums over the trajectories of a cell
linear_spectrum      the spectrum of linearised steps, exact for the same bins and segments
recorded_spectrum    the estimated spectrum with its error bars, as variables of a result
"""

from .record import Record

__all__ = ["Record"]
