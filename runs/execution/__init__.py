"""What each command computes, and the files that it writes."""
