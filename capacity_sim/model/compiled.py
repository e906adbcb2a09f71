"""How kernels are compiled: once for the machine, kept on disk, without the interpreter's lock.

Kernels work on arrays that Python made and keeps, so they take no references to them: counting references (an atomic
step for every array of every call) took longer than the work. A kernel that makes an array of its own is a `maker`.
Compiled code is kept in `kernel_folder()`.

A constant is a type of its own: `f(0)` and `f(n)` compile `f` twice. Pass `np.int64(0)` to a kernel.
"""

from collections.abc import Callable
from typing import Any

import numba

from capacity_sim.model.kernel_folder import kernel_folder

_njit: Any = numba.njit
_config: Any = numba.config
_FOLDER = str(kernel_folder(_config.CACHE_DIR) or "")


def _kept(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function and keep the result in the folder; other users of numba keep theirs where they did."""

    def compiled(function: Callable[..., Any]) -> Any:
        before = _config.CACHE_DIR
        _config.CACHE_DIR = _FOLDER
        try:
            return _njit(function, cache=_FOLDER != "", nogil=True, **options)
        finally:
            _config.CACHE_DIR = before

    return compiled


# only what Python calls needs the code that takes its arguments apart: for tables of many arrays that is most of it
_INSIDE = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

#: a kernel that Python calls
kernel = _kept(_nrt=False, error_model="numpy", no_cfunc_wrapper=True)
#: a kernel that only kernels call; it is kept inside them, and only there
inside = _njit(nogil=True, _nrt=False, error_model="numpy", **_INSIDE)
#: a short function that becomes part of the kernels that call it
inlined = _njit(forceinline=True, _nrt=False, error_model="numpy", **_INSIDE)
#: a kernel that makes arrays
maker = _kept(error_model="numpy")
