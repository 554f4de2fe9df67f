"""Reports: the text that each command prints and writes."""
