"""The privacy boundary: what a process may do, and how the stack's call-home paths are shut."""
