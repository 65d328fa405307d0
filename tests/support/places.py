"""Where things stand in this checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "instances" / "examples"
SAT = EXAMPLES / "random-20-sat.cnf"
UNSAT = EXAMPLES / "random-20-unsat.cnf"
