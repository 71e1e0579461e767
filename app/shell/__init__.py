"""The command line: `studiolo …`."""
