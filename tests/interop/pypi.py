"""A virtual environment with a package of PyPI in it; the test is skipped only where PyPI cannot be reached."""

import os
import subprocess
import unittest
import venv


def _pip(python, *arguments):
    return subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )


def _install(python, folder, *arguments):
    installed = _pip(python, "install", "--quiet", *arguments)
    if installed.returncode == 0:
        return
    if _pip(python, "download", "--quiet", "--no-deps", "--dest", folder, "six").returncode != 0:
        raise unittest.SkipTest("PyPI cannot be reached, so %s was not tried" % ", ".join(arguments))
    raise RuntimeError("pip install %s:\n%s" % (" ".join(arguments), installed.stdout))


def install(folder, *requirements):
    """Makes the environment in folder and installs the requirements; returns its bin folder.

    Raises unittest.SkipTest where PyPI cannot be reached, and RuntimeError with pip's words for any other failure.
    """
    venv.create(folder, with_pip=True)
    _install(os.path.join(folder, "bin", "python"), folder, *requirements)
    return os.path.join(folder, "bin")


def install_into(folder, interpreter, requirement):
    """Installs one package for another interpreter into folder, without what it requires. Raises as install() does."""
    _install(interpreter, folder, "--no-deps", "--target", folder, requirement)
