#!/usr/bin/env python3
"""test_layers.py: holds the folders to their arrows: what each may include. Exit status 1 and a list when one does not."""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAY = {  # folder: the folders (or files) whose headers it may include besides its own
    "base": [],
    "frontend/syntax": ["base"],
    "ir": ["base", "runtime/abi.h", "runtime/lib.h", "runtime/print.h"],  # the interpreter runs the runtime's functions
    "autodiff": ["base", "ir", "frontend/syntax"],
    "frontend/elaborate": ["base", "ir", "frontend/syntax", "autodiff", "std/embedded.h"],
    "codegen": ["base", "ir", "runtime/abi.h"],
    "runtime": [],
    "std": [],
}


def folder_of(path):
    """The longest folder of MAY that a path lies in, or ''."""
    return max((f for f in MAY if path.startswith(f + "/")), key=len, default="")


def main():
    wrong, seen = [], 0
    for folder in MAY:
        for path in glob.glob(f"{ROOT}/{folder}/**/*.[chly]", recursive=True):
            name = os.path.relpath(path, ROOT)
            for number, line in enumerate(open(path, encoding="utf-8"), 1):
                m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
                if not m:
                    continue
                seen += 1
                target = m[1]
                if "/" not in target:
                    wrong.append(f"{name}:{number}: {target}: includes are written from the top folder")
                elif folder_of(target) != folder and not any(target == ok or target.startswith(ok + "/") for ok in MAY[folder]):
                    wrong.append(f"{name}:{number}: {folder} must not know {target}")
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong or not seen else 0


sys.exit(main())
