"""Running falsifiers: the pytest plugin that observes, the runner that judges what it observed."""
