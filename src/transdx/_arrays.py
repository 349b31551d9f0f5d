"""Arrays by what they hold."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
#: Places in an array.
Indices = NDArray[np.intp]
Bools = NDArray[np.bool_]
