"""Judging: text in, stance out. No network, no Prefect, no DuckDB."""
