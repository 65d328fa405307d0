"""Files as generators of kernels write them: a module with `Model` and `ModelNew`, sizes beside them, and inputs to show it.

Each has what a check of it finds: the verdict, and words of the diagnosis or the reason.
"""

from pathlib import Path
from typing import NamedTuple

HEAD = '''import math

import torch
import torch.nn as nn
import torch.nn.functional as F

batch_size, num_heads, seq_len, head_dim = 2, 4, 64, 32


class Model(nn.Module):
    """The reference."""

    def __init__(self):
        super().__init__()

    def forward(self, Q, K, V):
        return F.scaled_dot_product_attention(Q, K, V)


def get_inputs():
    return [torch.rand(batch_size, num_heads, seq_len, head_dim) for _ in range(3)]


'''

NO_INITS = "def get_init_inputs():\n    return []\n\n\n"


class Generated(NamedTuple):
    source: str
    verdict: str
    said: str


def of_forward(*lines: str, inits: str = NO_INITS) -> str:
    body = "".join(f"        {line}\n" for line in lines)
    return f"{HEAD}{inits}class ModelNew(nn.Module):\n    def forward(self, Q, K, V):\n{body}"


SCORES = "scores = Q @ K.transpose(-2, -1) / math.sqrt(Q.size(-1))"
OUT = "return torch.softmax(scores, dim=-1) @ V"

BLOCKS = (
    HEAD
    + """def get_init_inputs():
    return [24]


class ModelNew(nn.Module):
    \"\"\"Online softmax over blocks of keys.\"\"\"

    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, Q, K, V):
        scale = 1.0 / math.sqrt(Q.size(-1))
        top = torch.full((*Q.shape[:3], 1), float("-inf"), dtype=Q.dtype, device=Q.device)
        total, out = torch.zeros_like(top), torch.zeros((*Q.shape[:3], V.size(-1)), dtype=Q.dtype, device=Q.device)
        for start in range(0, K.size(2), self.block):
            end = min(start + self.block, K.size(2))
            scores = Q @ K[:, :, start:end].transpose(-2, -1) * scale
            new = torch.maximum(top, scores.amax(dim=-1, keepdim=True))
            p, keep = torch.exp(scores - new), torch.exp(top - new)
            total, top = total * keep + p.sum(dim=-1, keepdim=True), new
            out = out * keep + p @ V[:, :, start:end]
        return out / total
"""
)

CAUSAL = (
    HEAD
    + """def get_init_inputs():
    return [1024]


class ModelNew(nn.Module):
    def __init__(self, max_len):
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.register_buffer("mask", torch.tril(torch.ones(max_len, max_len)).view(1, 1, max_len, max_len))

    def forward(self, Q, K, V):
        n = Q.size(2)
        scores = Q @ K.transpose(-2, -1) * head_dim_of(Q) ** -0.5
        scores = scores.masked_fill(self.mask[:, :, :n, :n] == 0, float("-inf"))
        return self.drop(torch.softmax(scores, dim=-1)) @ V


def head_dim_of(Q):
    return Q.size(-1)
"""
)

FIXED = of_forward(
    "q, k, v = (x.reshape(batch_size * num_heads, seq_len, head_dim) for x in (Q, K, V))",
    "scores = torch.bmm(q, k.transpose(1, 2)) * head_dim**-0.5",
    "out = torch.bmm(torch.softmax(scores, dim=-1), v)",
    "return out.view(batch_size, num_heads, seq_len, head_dim)",
)

GENERATED = {
    "naive": Generated(of_forward(SCORES, OUT), "conformant", ""),
    "blocks": Generated(BLOCKS, "conformant", ""),
    "causal": Generated(CAUSAL, "conformant", ""),
    "fixed": Generated(FIXED, "conformant", ""),
    "fixed_wrong": Generated(FIXED.replace("out = ", "v[:, -1] = v[:, -2]\n        out = "), "wrong", ""),
    "unscaled": Generated(of_forward("scores = Q @ K.transpose(-2, -1)", OUT), "wrong", "scale"),
    "no_maximum": Generated(of_forward(SCORES, "p = scores.exp()", "return p @ V / p.sum(-1, keepdim=True)"), "wrong", ""),
    "last_block": Generated(BLOCKS.replace("range(0, K.size(2),", "range(0, K.size(2) - self.block + 1,"), "wrong", ""),
    "tuple": Generated(of_forward(SCORES, "p = torch.softmax(scores, dim=-1)", "return p @ V, p"), "wrong", "tuple"),
    "one_input": Generated(
        HEAD + "class ModelNew(nn.Module):\n    def forward(self, x):\n        return x\n", "crashed", "Q, K and V"
    ),
    "no_class": Generated(HEAD, "crashed", "has no ModelNew: name the class that is the kernel"),
    "not_installed": Generated("import no_such_compiler\n" + HEAD, "crashed", "No module named 'no_such_compiler'"),
}


def generated(folder: Path) -> dict[str, Path]:
    """A folder of these files."""
    files = {name: folder / f"{name}.py" for name in GENERATED}
    for name, file in files.items():
        file.write_text(GENERATED[name].source)
    return files
