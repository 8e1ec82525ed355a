#!/usr/bin/env python3
"""generate_functions.py [THEME…]: what torch.nn.functional 2.15 computes for the cases of cases_THEME.py: functions_THEME.tg and functions_THEME.expected.
Needs PyTorch; its results are kept beside it."""
import glob
import importlib
import os
import sys

import torch
from cases import expected, program
from generate import HERE, write


def main():
    torch.set_num_threads(1)
    themes = sys.argv[1:] or sorted(os.path.basename(p)[6:-3] for p in glob.glob(os.path.join(HERE, "cases_*.py")))
    for theme in themes:
        cases = importlib.import_module("cases_" + theme).CASES
        out = []
        for case in cases:
            expected(case, out)
        title = f"functions_{theme}.tg: functions with their options, and their gradients of first and second order (by generate_functions.py)."
        write(f"functions_{theme}.tg", program(title, cases))
        write(f"functions_{theme}.expected", "\n".join(out) + "\n")


if __name__ == "__main__":
    main()
