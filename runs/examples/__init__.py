"""Run files of well-known models that are no systems of the package, with the files they name."""
