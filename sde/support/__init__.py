"""Checks of arguments, errors, threads, files, memory: used by every part of the program."""
