"""Asking a larger model outside: only when the person wants it, and only what they see.

A draft says what was chosen (`draft`), the review what is hidden in it (`review`), the payload
which bytes would be sent (`payload`). A session (`session`) lets one of them go, after a real click
under exactly what was shown; the service (`service`) sends it through the gate and keeps the reply.
Providers' protocols are in `providers`.
"""
