"""Makes the packages that people install, from the frozen program."""
