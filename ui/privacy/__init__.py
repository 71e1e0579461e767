"""The privacy page: what is allowed now, what has left, and the check that nothing else can."""
