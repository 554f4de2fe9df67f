"""Light that leaves: transfer matrices, frequency response, spectra."""
