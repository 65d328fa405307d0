"""Chains by their names: defaults of every problem, parameters, code, and what is no chain."""

from pathlib import Path

import pytest

from hardlab.names.chains import DEFAULT_CHAINS, chain, chain_from, is_code
from instances.cnf import CNF
from instances.faults import BadInput
from instances.ours import PROBLEMS
from instances.problem import Problem
from instances.vectors import GapHamming, OrthogonalVectors
from reductions.chain import Chain
from reductions.edges.cnf_cubes import CnfCubes
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.hamming_attention import HammingAttention
from tests.support.kept import Keeper

AUTO = Chain((CnfHamming(), HammingAttention()))


def test_the_defaults(kept: Keeper) -> None:
    assert set(DEFAULT_CHAINS) == set(PROBLEMS)
    kept("\n".join(f"{kind.called} {chain('auto', kind).spelled} {chain_from('auto', kind).spelled}" for kind in PROBLEMS))


def test_what_is_spelled() -> None:
    assert chain("auto") == chain("cnf-hamming,hamming-attention") == chain("cnf-hamming, auto") == AUTO
    assert chain("cnf-cubes[fix=3],auto") == Chain((CnfCubes(fix=3), *AUTO.steps))
    assert chain("cnf-hamming,hamming-attention,auto") == AUTO
    assert chain("cnf-hamming[split=1:2:5,seed=3]") == Chain((CnfHamming(split=(1, 2, 5), seed=3),))
    assert chain("", OrthogonalVectors) == Chain(())
    assert chain("auto", GapHamming) == Chain((HammingAttention(),))
    assert chain_from("", GapHamming) == Chain(())


@pytest.mark.parametrize(("names", "said"), [
    ("cnf-haming", "unknown reduction 'cnf-haming': did you mean cnf-hamming"),
    ("hamming", "hamming is a problem, not a reduction: `hardlab chains hamming attention`"),
    ("attention", "attention is a problem, not a reduction: `hardlab chains cnf attention`"),
    ("hamming-attention,cnf-hamming", "chain 'hamming-attention,cnf-hamming': "),
    ("cnf-hamming[seed=x]", "seed"),
])  # fmt: skip
def test_what_is_no_chain(names: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        chain(names)
    assert said in str(refused.value)


def test_where_a_chain_starts() -> None:
    assert chain_from("auto", CNF) == AUTO
    with pytest.raises(BadInput, match=r"cnf-hamming starts from cnf, the instance is ov$"):
        chain_from("cnf-hamming", OrthogonalVectors)


def test_words_for_code() -> None:
    assert all(map(is_code, ("a:b", "a.py", "a[b=1:2]:c", "a[b=1].py")))
    assert not any(map(is_code, ("a", "a[b=1:2]", "cnf-hamming[split=1:2:5]")))


MINE = """
from reductions.edges.cnf_hamming import CnfHamming
class Mine(CnfHamming):
    key = "mine"
    def __post_init__(self):
        if self.seed == 3:
            raise ValueError("not three")
"""


def test_code_is_asked_for_by_a_person(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    name = f"{tmp_path / 'mine.py'}:Mine"
    found: type[Problem] = chain(name).steps[0].source
    assert found is CNF
    assert chain_from(f"{name}[seed=4],auto", CNF).keys.startswith("mine")
    for given in (name, f"cnf-cubes,{name},auto"):
        for ask in (chain, chain_from):
            with pytest.raises(BadInput, match="stands in a file and names code"):
                ask(given, CNF, code=False)
    with pytest.raises(BadInput, match="not three"):
        chain(f"{name}[seed=3]")
    assert chain("mine:Mine", path=tmp_path).steps[0].key == "mine"
