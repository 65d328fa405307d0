"""How calls are spelled, laid in memory and written to files is what it was, in every convention; so is what is offered."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import numpy as np
import pytest

from hardlab.conformance.case import Case
from hardlab.conformance.checking import READINGS
from hardlab.conformance.drawing import Draw
from hardlab.kernels.adapters.of_numpy import ADAPTER
from hardlab.kernels.arrays import cast, scaled
from hardlab.kernels.call import FEATURES, Call, Storage
from hardlab.kernels.conventions import CONVENTIONS, Axes, Convention, convention_of
from hardlab.kernels.fitting import asked_in_parts
from hardlab.kernels.kernel import Answer, Conventions, Dtype, Offer, Scale, features_named
from hardlab.kernels.offering import offer_of_algorithm, offer_of_function
from hardlab.kernels.spelling import answer_of, beside, laid, offer_of, told
from hardlab.kernels.storing import memory, read_as_packed, stored
from hardlab.kernels.tensors import CODES, Tensor, safetensors, tensor_of
from instances.faults import BadInput
from tests.support.constants import constants
from tests.support.kept import Keeper, shown

ALL = Offer(tuple(FEATURES), stores=get_args(Storage), scale="argument")
DTYPES: tuple[Dtype, ...] = ("float64", "float32", "float16", "bfloat16")
X = np.arange(2 * 4 * 3 * 5).reshape(2, 4, 3, 5) / 8


@cache
def calls() -> tuple[tuple[Case, Call], ...]:
    """A call of each mixture of features, small ones."""
    met, found = set(), []
    for name, cases in READINGS.items():
        for case in cases(Draw(1, name, ALL, True), ALL):
            s = case.shape
            if case.needs not in met and s.b * s.H * s.n * s.m <= 2**12:
                met.add(case.needs)
                found.append((case, case.planted(Conventions(dtype="float32")).call))
    return tuple(found)


def lying(array: np.ndarray[Any, Any]) -> str:
    """Its numbers, how far apart they are, and what stands there for who takes them for packed."""
    root, first = memory(array)
    return f"{shown(array)} {array.dtype} {array.strides} {root.shape} {first} {shown(read_as_packed(array))}"


@pytest.mark.parametrize("word", get_args(Storage))
def test_operands_in_memory(word: Storage, kept: Keeper) -> None:
    lines = [lying(stored(X, word)), shown(read_as_packed(stored(X, word), from_start=True))]
    for dtype in DTYPES:
        for axes in ("bhnd", "bnhd", "tnd") if word == "shared" else get_args(Axes):
            array = laid(X, word, dtype, axes)
            lines.append(f"{axes} {dtype} {lying(array) if word not in ('broadcast', 'shared', 'one') else shown(array)}")
    kept("\n".join(lines))


@pytest.mark.parametrize("name", CONVENTIONS)
def test_calls(name: str, kept: Keeper) -> None:
    convention, lines = CONVENTIONS[name], []
    offer = offer_of(convention, Conventions(convention=name), {})
    offers = [offer, Offer(tuple(word for word in offer.features if word != "causal"), scale="1/d")]
    for case, call in calls():
        lines.append(f"{call.needs} {case.lacks(offer)} {shown(call.message()[0])}")
        if not case.lacks(offer) and (name, call.sizes[:2]) != ("plain", (1, 2)):
            for dtype in ("float32", "bfloat16"):
                lines += [f"{dtype} {shown(told(call, convention, dtype, each))}" for each in offers]
    kept("\n".join(lines))


def answers(call: Call, convention: Convention) -> Iterator[dict[str, Tensor]]:
    b, H, G, n, m, d, v = call.sizes
    shapes = {"T": (b, H, n, v), "dQ": (b, H, n, d), "dK": (b, G, m, d), "dV": (b, G, m, v)}
    whole = {
        name: Tensor(convention.shape(*shape), "float32", np.arange(float(np.prod(shape))).reshape(convention.shape(*shape)))
        for name, shape in shapes.items()
    }
    yield from (whole, {"out": whole["T"]}, {"T": whole["T"]}, {}, {"x": whole["T"]}, {"T": whole["dK"], "dQ": whole["dQ"]})
    yield {**whole, "dV": Tensor((1,), "bool", None)}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_answers(name: str, kept: Keeper) -> None:
    convention, lines = CONVENTIONS[name], []
    for _, call in calls()[::3]:
        if name != "plain" or call.sizes[:2] == (1, 1):
            for given in answers(call, convention):
                for scale in ("argument", "1/sqrt(d)", "1"):
                    lines.append(shown(answer_of(given, call, convention, Offer(scale=scale), 0.0, "it")))
    kept("\n".join(lines))


def test_what_is_offered(kept: Keeper) -> None:
    lines = []
    wanted: tuple[tuple[str, ...] | None, ...] = (
        None,
        ("causal",),
        ("causal-bottom-right", "bias"),
        ("packed", "heads"),
        ("scale",),
    )
    for name, features in ((name, features) for name in CONVENTIONS for features in wanted):
        for scale in get_args(Scale):
            how = Conventions(scale, convention=name, features=features)
            for find in (
                lambda how, of: offer_of(of, how, {"bias": "so it is"}, arrays="x"),
                lambda how, of: offer_of_function("f", {"causal", "is_causal", "softmax_scale"}, of, how, ADAPTER, None),
                lambda how, of: offer_of_function("f", None, of, how, ADAPTER, (1, 2, 3, 4, 5, 6, 7)),
                lambda how, of: offer_of_algorithm("f", object(), how),
            ):
                try:
                    lines.append(shown(find(how, CONVENTIONS[name])))  # type: ignore[no-untyped-call]
                except BadInput as refused:
                    lines.append(str(refused))
    kept("\n".join(lines))


def test_conventions(kept: Keeper) -> None:
    lines = [shown(features_named(words)) for words in (None, "", "a, b,,c ")]
    for layout in ("nd", "bhnd"):
        found = convention_of(Conventions(layout=layout))
        lines += [shown(found), shown(found.shape(1, 1, 3, 5)), shown(found.back(X[:1, :1], 1, 1, 3, 5))]
    lines += [str(Conventions(scale).built_in(9)) for scale in get_args(Scale)]
    kept("\n".join(lines))


@pytest.mark.parametrize("dtype", DTYPES)
def test_casts(dtype: Dtype, kept: Keeper) -> None:
    odd = np.array([0.1, -1e-8, 3e38, 1e39, np.inf, np.nan, 65519.0, 65520.0, 2.0**-133, 2.0**-150])
    lines = [
        cast(odd, dtype).tobytes().hex(),
        *(beside(np.resize(odd, shape), dtype).tobytes().hex() for shape in ((4,), (2, 3))),
    ]
    lines += [shown(beside(np.array([True, False]), dtype)), shown(scaled(X, 0.5, 0.25)), shown(scaled(X, 0.5, None))]
    kept("\n".join(lines))


def test_tensors_of_files(kept: Keeper) -> None:
    arrays = {name: np.arange(6).reshape(2, 3).astype(name) for name in CODES}
    lines = [safetensors(arrays, {"a": "b"}).hex()]
    sizes = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "BOOL": 1, "F8": 1}
    sizes |= {f"{sign}{8 * size}": size for sign in "IU" for size in (1, 2, 4, 8)}
    lines += [shown(tensor_of(bytes(range(1, 6 * size + 1)), code, (2, 3))) for code, size in sizes.items()]
    kept("\n".join(lines))


@pytest.mark.parametrize(("n", "m", "v"), [(3, 3, 5), (7, 3, 5), (2, 3, 5), (6, 3, 21), (3, 3, 3), (3, 3, 20)])
def test_calls_in_parts(n: int, m: int, v: int, kept: Keeper) -> None:
    said: list[str] = []

    def ask(call: Call) -> Answer:
        said.append(f"{shown(call.Q)} {shown(call.K)} {shown(call.V)}")
        return Answer(call.Q[..., :1] + np.arange(call.sizes[6]), "float32", 0.5, noticed=(str(call.sizes[3]),))

    rng = np.random.default_rng(1)
    Q, K, V = (np.round(rng.normal(size=(1, 1, rows, width)), 3) for rows, width in ((n, 5), (m, 5), (m, v)))
    call = Call(Q, K, V, 0.5)
    for features in ((), ("width",), ("cross",), ("cross", "width")):
        said.append(shown(asked_in_parts(ask, call, features)))
    kept("\n".join(said))


def test_numbers_and_words(kept: Keeper) -> None:
    kept(constants("hardlab.kernels"))
