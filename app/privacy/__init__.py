"""The privacy boundary: sandboxes for our processes, and no network for the libraries in them."""
