"""Asking an outside model: only when the person wants it, and sending only what they see.

A draft holds the person's choices (`draft`), the review what to hide in it (`review`), the payload
the bytes to send (`payload`). A session (`session`) releases one payload after a real click under
exactly what was shown; the service (`service`) sends it through the gate and saves the reply.
Providers' protocols are in `providers`.
"""
