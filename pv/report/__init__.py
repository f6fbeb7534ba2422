"""Reports: one model, and one pure function of it for each format."""
