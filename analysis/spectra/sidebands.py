"""Photons in both sidebands of the laser, as heterodyne detection counts them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.labels import Q_, Q
from .elements import block, element, result

SIDEBANDS = ["upper", "lower"]


def heterodyne(spectrum: xr.Dataset, port: str) -> xr.Dataset:
    """Spectra of both sidebands of the light that leaves a port.

    The photon flux at ω, ∫⟨δa†(t)δa(t+τ)⟩e^{iωτ}dτ = (S_XX + S_YY − 1)/2 + Im S_XY, is normally
    ordered: 0 for vacuum. The upper sideband lies |ω| above the laser, the lower one |ω| below.

    Parameters
    ----------
    spectrum : Dataset
        Result of `steady.output_spectrum`.
    port : str
        Name of the port.

    Returns
    -------
    Dataset
        * photon_flux (..., sideband, frequency): photons per second and hertz, in the sidebands
          "upper" and "lower"
        * heterodyne (..., sideband, frequency): spectrum of a heterodyne current about its
          intermediate frequency, over shot noise; 1 + photon_flux, as the light at the image
          frequency is vacuum
        * asymmetry (..., frequency): lower over upper photon flux; (n + 1)/n for the sidebands of
          an oscillator with n quanta, weakly measured on resonance

    Raises
    ------
    ValueError
        For a spectrum that is no such dataset, and a port that it does not hold.

    References
    ----------
    Clerk et al., doi:10.1103/RevModPhys.82.1155; Weinstein et al., doi:10.1103/PhysRevX.4.041003.

    Examples
    --------
    >>> import qlangevin as ql
    >>> loss = ql.terms.lose("a", "out", amplitude_rate=1.0)
    >>> bath = ql.terms.lose("a", "bath", amplitude_rate=1.0, occupation=3.0)
    >>> model = ql.Model.build(["a"], [loss, bath])
    >>> spectrum = ql.steady.output_spectrum(model, [0.0])
    >>> ql.analysis.heterodyne(spectrum, "out")["photon_flux"].values.round(6)
    array([[3.],
           [3.]])
    """
    real, imaginary = block(spectrum, [port], "port")
    mean = 0.5 * (element(real, 0, 0) + element(real, 1, 1) - 1)
    turning = element(imaginary, 0, 1) * np.sign(spectrum["frequency"])
    sideband = xr.DataArray(SIDEBANDS, dims="sideband", coords={"sideband": SIDEBANDS})
    flux = xr.concat([mean + turning, mean - turning], dim=sideband).transpose(
        ..., "sideband", "frequency"
    )
    upper, lower = (flux.sel(sideband=name, drop=True) for name in SIDEBANDS)
    ratio = (lower / upper).where(upper > 0)
    return xr.Dataset(
        {
            "photon_flux": result(flux, "photon_flux", "1", "photons per second and hertz"),
            "heterodyne": result(1 + flux, "heterodyne", "1", "heterodyne current over shot noise"),
            "asymmetry": result(ratio, "asymmetry", "1", "lower over upper sideband"),
        },
        attrs={"port": port},
    ).drop_vars([Q, Q_], errors="ignore")
