"""The commands of `qlangevin`: what is read from the command line and shown on the terminal."""
