"""Questions that passages alone cannot answer: one module for each kind, `recognise` tells them."""
