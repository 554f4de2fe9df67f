"""All real roots of a polynomial drift."""
