"""Every builder on JAX, where that is installed: the harness of the other files, in a process of its own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HARNESS = "test_builds_fits_saves_and_loads"

if find_spec("jax"):

    @pytest.mark.timeout(1800)  # each network is compiled anew
    def test_every_builder_on_jax() -> None:
        files = [str(file) for file in HERE.glob("test_*.py") if f"def {HARNESS}(" in file.read_text("utf-8")]
        words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--timeout=600", "-k", HARNESS, *files]
        done = subprocess.run(words, env=os.environ | {"KERAS_BACKEND": "jax"}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
