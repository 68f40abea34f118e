"""A virtual environment with a package of PyPI in it; the test is skipped only where PyPI cannot be reached."""

import os
import subprocess
import unittest
import venv


def _pip(folder, *arguments):
    return subprocess.run(
        [os.path.join(folder, "bin", "python"), "-m", "pip", "--disable-pip-version-check", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def install(folder, *requirements):
    """Makes the environment in folder and installs the requirements; returns its bin folder.

    Raises unittest.SkipTest where PyPI cannot be reached, and RuntimeError with pip's words for any other failure.
    """
    venv.create(folder, with_pip=True)
    installed = _pip(folder, "install", "--quiet", *requirements)
    if installed.returncode == 0:
        return os.path.join(folder, "bin")
    if _pip(folder, "download", "--quiet", "--no-deps", "--dest", folder, "six").returncode != 0:
        raise unittest.SkipTest("PyPI cannot be reached, so %s was not tried" % ", ".join(requirements))
    raise RuntimeError("pip install %s:\n%s" % (" ".join(requirements), installed.stdout))
