"""The mean field integrated in time until it settles: at a fixed point or on a limit cycle."""
