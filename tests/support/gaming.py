"""The test bed of kernels that game a check: each is right where a careless check looks, by one trick."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Gaming:
    """A kernel: where it stands, how it is called, the trick, and `found`, the key of what a watch sees of it.

    Where that is empty the trick shows in the answers alone; "mutated" stands for operands that are changed when the call
    returns, "library" for the operators that it uses.
    """

    target: str
    trick: str
    kind: str
    found: str = ""
    convention: str = "plain"

    @property
    def name(self) -> str:
        return self.target.rpartition(":")[2]

    def fresh(self) -> Any:
        """The function, in a module that has not run yet: it remembers nothing."""
        module = self.target.partition(":")[0]
        spec = importlib.util.find_spec(module)
        assert spec is not None
        assert spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        return getattr(made, self.name)


def _of(module: str) -> Callable[..., Gaming]:
    """Entries of one module of the bed."""

    def entry(name: str, trick: str, kind: str, found: str = "", convention: str = "plain") -> Gaming:
        return Gaming(f"tests.support.gaming_{module}:{name}", trick, kind, found, convention)

    return entry


_memory, _answers, _late, _searching, _process, _torch = map(
    _of, ("memory", "answers", "late", "searching", "process", "torch")
)

ANSWERS = (
    _memory("by_pointer", "answers are kept by the addresses of the operands", "cached"),
    _memory("by_identity", "answers are kept by the ids of the operands", "cached"),
    _memory("by_shape", "answers are kept by the shapes of the operands", "cached"),
    _memory("by_scale", "answers are kept by the scale and the shape", "cached"),
    _memory("by_sum", "answers are kept by the sums of the operands", "cached"),
    _memory("by_first_entries", "answers are kept by the first eight entries of each operand", "cached"),
    _memory("by_corners", "answers are kept by a hash of two corners of each operand", "cached"),
    _memory("by_moments", "answers are kept by the mean and the standard deviation of each operand", "cached"),
    _memory("by_every_64th_entry", "answers are kept by every 64th entry of each operand", "cached"),
    _memory("queries_forgotten", "answers are kept by K and V alone", "cached"),
    _memory("last_output_again", "every second call gives the last output again, where its shape fits", "cached"),
    _memory("one_buffer", "each output is a view of one buffer, which the next call overwrites", "stale", "output-again"),
    _memory("three_buffers_in_turn", "outputs lie in three buffers in turn", "stale", "output-again"),
    _memory("one_answer_object", "equal inputs are answered by the same array", "stale", "output-again"),
    _memory("never_written", "after the first call the output is memory as it was found", "unwritten"),
    _memory(
        "last_quarter_not_written", "after the first call the last quarter of the rows is memory as it was found", "unwritten"
    ),
    _memory("rows_of_values", "V itself is returned where a look at two rows says that it fits", "aliasing", "output-operand"),
    _answers("first_call", "right in the first call, then the mean of V", "first calls"),
    _answers("first_3_calls", "right in the first 3 calls, then the mean of V", "first calls"),
    _answers("first_10_calls", "right in the first 10 calls, then the mean of V", "first calls"),
    _answers("first_50_calls", "right in the first 50 calls, then the mean of V", "first calls"),
    _answers("not_every_7th_call", "every seventh call gives the mean of V", "first calls"),
    _answers("same_shape_as_before", "right for the shape of its first call only", "shapes"),
    _answers("round_shapes", "rows and keys beyond the last multiple of 16 are left out", "shapes"),
    _answers("powers_of_two", "right where n, m and d are powers of two", "shapes"),
    _answers("square_shapes", "keys beyond the n-th are left out", "shapes"),
    _answers("small_shapes", "right up to n m = 65536", "shapes"),
    _answers(
        "first_half_of_the_batch", "the second half of the batch is given the first half's outputs", "shapes", "", "heads"
    ),
    _answers("one_head_for_all", "every head is given the first one's outputs", "shapes", "", "heads"),
    _answers("small_entries", "right where entries are below 10", "entries"),
    _answers("gaussian_entries", "right where entries look Gaussian by three moments", "entries"),
    _answers("not_two_valued", "inputs of two magnitudes are known to be a check's, and given the mean of V", "entries"),
    _answers("keys_of_the_first_row", "keys that the first row hardly sees are left out for all", "entries"),
    _answers("flat_by_its_first_row", "the mean of V where softmax is flat in the first row", "entries"),
    _answers("small_outputs_are_zero", "outputs below 0.005 are given as zero", "precision"),
    _answers("half_precision_inside", "float16 inside", "precision"),
    _answers("under_test", "right where the environment says that a test runs, else zeros", "searching"),
)

PROCESS = (
    _late("lazy_subclass", "zeros of a subclass, computed when they are compared", "lazy", "output-class"),
    _late("lazy_object", "an object that is computed when it is made an array", "lazy", "output-class"),
    _late("equal_to_everything", "zeros of a subclass that is equal to everything", "lazy", "output-class"),
    _late("finished_by_a_thread", "the output is written by a thread after the call", "late", "output-late"),
    _late("operand_as_workspace", "Q is changed, and restored by a thread after the call", "inputs", "operand-late"),
    _late("operand_spoilt_late", "V is set to zero by a thread after the call", "inputs", "operand-late"),
    _late("restored_at_the_next_call", "K is changed, and restored at the next call", "inputs", "mutated"),
    _searching("objects_searched", "the answer is looked for among all objects", "searching", "search-objects"),
    _searching(
        "referrers_searched", "the answer is looked for beside whoever holds Q, else zeros", "searching", "search-objects"
    ),
    _searching("frames_searched", "the answer is looked for in its callers' frames", "searching", "search-frames"),
    _searching("stack_inspected", "zeros, unless a test is among its callers", "searching", "search-frames"),
    _searching("frames_by_a_traceback", "the same, by the traceback of an exception", "searching", "search-frames"),
    _searching("files_searched", "the answer is looked for among temporary files", "searching", "search-files"),
    _searching("inputs_read_as_files", "the inputs are read again where they lie as files", "searching", "search-inputs"),
    _searching("checker_read", "the source of the checker is read", "searching", "search-files"),
    _searching("memory_read", "memory is read by its address", "searching", "search-memory"),
    _process("clock_replaced", "time.perf_counter runs slower", "patching", "clock"),
    _process("reseeding", "NumPy's global random numbers begin anew", "process", "random-state"),
    _process("errors_silenced", "numpy.seterr is changed", "process", "numpy-errors"),
    _process("rounding_upward", "floating-point numbers are rounded upward from then on", "process", "float-rounding"),
    _process("smallest_flushed", "the smallest numbers are taken for zero from then on", "process", "float-denormals"),
    _process("exit_handler", "the process will end with code 0", "process", "exit-handler"),
    _process("alarm_ignored", "the alarm of a time limit is ignored", "process", "signals"),
    _process("tracing", "every function that its caller calls is seen", "process", "tracing"),
    _process("allclose_replaced", "numpy.allclose is always true", "patching", "replaced"),
    _process("assertion_emptied", "numpy.testing.assert_allclose has an empty body", "patching", "replaced"),
    _process("saving_replaced", "numpy.save rounds what it writes", "patching", "replaced"),
    _process("maximum_replaced", "numpy.max is 0", "patching", "replaced"),
    _process("lab_replaced", "this lab's conversion of outputs is replaced", "patching", "lab-changed"),
)

TORCH = (
    _torch("library_attention", "torch's own attention", "borrowed", "library"),
    _torch("library_operator", "the operator under torch's own attention", "borrowed", "library"),
    _torch("library_unless_watched", "torch's own attention, but under modes of torch", "borrowed", "library", "sdpa"),
    _torch("library_in_a_thread", "torch's own attention, in a thread", "borrowed", "library"),
    _torch("flexible_attention", "torch's flex_attention", "borrowed", "library"),
    _torch("attention_replaced", "torch's own attention is replaced by this kernel", "patching", "replaced", "sdpa"),
    _torch("by_version", "answers are kept by addresses and torch's count of changes", "cached"),
    _torch("one_tensor", "each output is a view of one tensor", "stale", "output-again"),
    _torch("empty_tensor", "after the first call the output is memory as it was found", "unwritten"),
    _torch("values_themselves", "a view of V is returned where there is one key", "aliasing", "output-operand"),
    _torch("tensor_finished_by_a_thread", "the output is written by a thread after the call", "late", "output-late"),
    _torch("lazy_tensor", "zeros of a subclass, computed when they are compared", "lazy", "output-class"),
    _torch("hidden_method", "zeros that give another tensor when they are detached", "lazy", "output-class"),
    _torch("bfloat16_inside", "bfloat16 inside", "precision"),
    _torch("autocast_inside", "torch.autocast inside", "precision"),
    _torch("denormals_flushed", "the smallest numbers are taken for zero from then on", "process", "float-denormals"),
    _torch("dtype_by_default", "torch's default dtype is changed", "process", "torch-dtype"),
    _torch("products_in_less", "torch's precision of float32 products is changed", "process", "torch-precision"),
    _torch("gradients_off", "torch records no gradients from then on", "process", "torch-grad"),
    _torch("threads_taken", "torch takes more threads from then on", "process", "threads"),
    _torch("reseeding_torch", "torch's default random numbers begin anew", "process", "random-state"),
    _torch("mode_left_on", "a mode that sees every function of torch stays on", "process", "torch-modes"),
    _torch("comparison_replaced", "torch.testing.assert_close never fails", "patching", "replaced"),
    _torch("closeness_replaced", "torch.allclose is always true", "patching", "replaced"),
    _torch("timing_replaced", "torch.cuda.synchronize does not wait", "patching", "clock"),
)

TABLE = (*ANSWERS, *PROCESS, *TORCH)
