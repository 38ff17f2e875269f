"""The command line: wiring that the tools share."""
