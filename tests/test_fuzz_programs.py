#!/usr/bin/env python3
"""test_fuzz_programs.py: random programs print the same in the interpreter and compiled (tests/fuzz/run.py, $TGC)."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.exit(subprocess.call([sys.executable, os.path.join(HERE, "fuzz", "run.py"), "--count", "200", "--quick"]))
