"""The shipped examples against derivations that do not use the package."""
