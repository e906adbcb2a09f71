"""How kernels are compiled: once for the machine, kept on disk, without the interpreter's lock.

Kernels work on arrays that Python made and keeps, so they take no references to them: counting references (an atomic
step for every array of every call) took longer than the work. A kernel that makes an array of its own is an `njit`
with `cache=True, nogil=True`.
"""

from numba import njit

#: a kernel that is called
kernel = njit(cache=True, nogil=True, _nrt=False)
#: a short function that becomes part of the kernels that call it
inlined = njit(forceinline=True, _nrt=False)
#: a kernel that makes arrays
maker = njit(cache=True, nogil=True)
