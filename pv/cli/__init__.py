"""The command line: one thin module a command; only here are terminal and exit code touched."""
