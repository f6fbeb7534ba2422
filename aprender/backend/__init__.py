"""Which device computes, and whether what it computes is what the CPU computes.

Nothing here starts a backend of JAX before a device is asked for.
"""
