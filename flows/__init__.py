"""Moving: settings, seeds, feeds, pages, warehouse, trend, publishing, commands."""
