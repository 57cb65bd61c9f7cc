"""Run functions with many small matrix products on one thread.

With several threads, busy waiting costs more than the products, and up to a hundred times more on a loaded machine.
"""

from threadpoolctl import threadpool_limits

one_thread = threadpool_limits.wrap(limits=1)
"""Decorator that limits BLAS and OpenMP to one thread."""
