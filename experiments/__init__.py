"""Experiments: real collections, configurations, tables and reports."""
