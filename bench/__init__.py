"""Benchmarks against peers and physical limits; each prints a table and writes JSON."""
