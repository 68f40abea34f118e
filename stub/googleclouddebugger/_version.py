"""The one place that has the version of the stub: setup.py reads it, and every session tells it to the broker."""

__version__ = "1.0.0"
