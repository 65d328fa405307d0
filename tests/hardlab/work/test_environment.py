"""What records say of where they were made."""

import os

from hardlab.sweep.job_process import environment as environment_of_sweep
from hardlab.work.environment import machine, machine_with_cores


def test_what_both_kinds_of_records_say_of_the_machine() -> None:
    """Records of sweeps have the cores under a key of their own."""
    assert machine_with_cores() == f"{machine()}, {os.cpu_count()} cores"
    assert environment_of_sweep()["machine"] == machine()
    assert environment_of_sweep()["cores"] == os.cpu_count()
