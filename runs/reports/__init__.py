"""Reports in words and numbers."""
