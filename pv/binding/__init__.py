"""Binding: from the citation in a contract to the one function it names, by AST only."""
