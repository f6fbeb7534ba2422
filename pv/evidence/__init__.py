"""Evidence: what a result depends on, what ran, and the status that follows from both."""
