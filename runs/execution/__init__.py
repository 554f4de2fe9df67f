"""What each command computes and writes."""
