"""Run files (TOML): their schema, units and checks."""
