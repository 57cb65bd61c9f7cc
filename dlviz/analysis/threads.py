"""Fits of many small products on one thread.

Several threads spin while they wait for each other, which costs more than the products do, and beside other work on the
machine a hundred times more.
"""

from threadpoolctl import threadpool_limits

one_thread = threadpool_limits.wrap(limits=1)
"""Decorator of a function whose BLAS and OpenMP take one thread."""
