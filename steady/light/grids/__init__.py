"""The light that leaves at the points of a grid."""
