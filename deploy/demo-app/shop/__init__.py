"""A small shop on Django: the app that deploy/demo debugs."""
