"""Tests of qlangevin.sde.linear_algebra."""
