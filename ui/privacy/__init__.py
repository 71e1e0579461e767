"""The privacy page: what is allowed, what was sent, and the check that nothing else can be."""
