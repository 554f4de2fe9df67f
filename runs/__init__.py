"""Run files, their execution, and the command line."""
