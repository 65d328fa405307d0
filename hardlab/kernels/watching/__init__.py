"""What a kernel does beside computing, seen from inside its process: findings about one call, each by a key.

| key | what was seen |
|---|---|
| operand-late, output-late | an operand or an output changed after its call had returned; thread-left names what went on |
| output-again, output-operand | the output lies in the memory of an earlier one, or of an operand |
| output-class | the output is not exactly an array of its framework, or hides methods of its class |
| random-state | random numbers of Python, NumPy or torch are not where they were; not looked at where a seed is declared |
| float-rounding, float-denormals, numpy-errors | floating-point arithmetic, or what NumPy says of it, changed |
| torch-dtype, torch-precision, torch-grad, torch-modes, threads | a setting for the whole process changed |
| clock, replaced, lab-changed | a clock, a function of a library, or one of this lab is another |
| exit-handler, signals, tracing | the process will do something else at its end, at a signal, at each call of a function |
| folder, streams, garbage, processors | the working directory, where output goes, the collector, or where threads run changed |
| search-objects, search-frames, search-memory | it looked at objects, callers' frames, memory that it was not given |
| search-files, search-inputs | it listed the folder of its inputs, opened a file of it or of this lab |
| process, network | it started a program that is no compiler, forked, or connected to somewhere |

A kernel written to get round this can: it runs in the same process.
"""

from hardlab.kernels.watching.finding import Finding as Finding
from hardlab.kernels.watching.watch import Seen as Seen
from hardlab.kernels.watching.watch import Watch as Watch
from hardlab.kernels.watching.watch import at_loading as at_loading
