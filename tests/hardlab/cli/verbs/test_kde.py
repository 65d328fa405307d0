"""`hardlab kde`: what it writes and prints, and bad input in a sentence."""

from pathlib import Path

import numpy as np

from hardlab import kde
from tests.support.calling import Caller


def saved(folder: Path) -> list[Path]:
    rng, paths = np.random.default_rng(0), [folder / "X.npy", folder / "Y.npy", folder / "w.npy"]
    for path, shape in zip(paths, [(5, 2), (30, 2), (30, 1)], strict=True):
        np.save(path, rng.normal(size=shape))
    return paths


def test_it_writes_what_the_function_gives(tmp_path: Path, call: Caller) -> None:
    X, Y, w = saved(tmp_path)
    of = ("kde", X, Y, "--bandwidth", "0.5", "-o", tmp_path / "S.npy", "--rtol", "1e-5")
    record = call(*of, "--weights", w, "--json").json
    found = kde(np.load(X), np.load(Y), 0.5, weights=np.load(w)[:, 0], rtol=1e-5)
    assert np.array_equal(np.load(tmp_path / "S.npy")[:, 0], found.values)
    assert (record["n"], record["m"], record["d"], record["rtol"], record["atol"]) == (5, 30, 2, 1e-5, found.atol)
    assert record["plan"] == str(found.plan)
    said = call(*of).out
    assert "n = 5, m = 30, d = 2, bandwidth 0.5" in said
    assert "promised: every sum within 1e-05 of sum |w| k, and " in said
    assert call(*of, "-q").out.strip() == str(tmp_path / "S.npy")


def test_bad_input(tmp_path: Path, call: Caller) -> None:
    X, Y, w = saved(tmp_path)
    to = ("-o", tmp_path / "S.npy")
    assert "bandwidth = -1.0" in call("kde", X, Y, "--bandwidth", "-1", *to).refusal()
    assert "is not there" in call("kde", X, tmp_path / "none.npy", "--bandwidth", "1", *to).refusal()
    assert "give a row of one number for each" in call("kde", X, Y, "--bandwidth", "1", "--weights", Y, *to).refusal()
    assert "is an input" in call("kde", X, Y, "--bandwidth", "1", "-o", X).refusal()
    assert "rounding alone" in call("kde", X, Y, "--bandwidth", "1", "--rtol", "1e-17", "--weights", w, *to).refusal()
    assert not (tmp_path / "S.npy").exists()
