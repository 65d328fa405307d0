"""Kernels of few lines for sweeps: one right, the others wrong, late, large or not to be loaded."""

from pathlib import Path

RIGHT = """
import numpy as np
def attention(Q, K, V, scale):
    scores = scale * Q @ K.T
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ V
"""

SOURCES = {
    "right": RIGHT,
    "last_key": RIGHT.replace("    weights", "    scores[:, -1] = -1e9\n    weights", 1),
    "hangs": "import time\ndef attention(Q, K, V, scale):\n    time.sleep(99)\n",
    "large": "import numpy as np\ndef attention(Q, K, V, scale):\n    return np.ones(10**10)\n",
    "ends": "import os\ndef attention(Q, K, V, scale):\n    os._exit(3)\n",
    "unloadable": "import no_such_module\n",
}


def written(folder: Path, *names: str) -> dict[str, Path]:
    """The files of these kernels, or of all."""
    files = {name: folder / f"{name}.py" for name in names or SOURCES}
    for name, file in files.items():
        file.write_text(SOURCES[name])
    return files
