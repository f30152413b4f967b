"""Makers of documents: one file for each format."""
