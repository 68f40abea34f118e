"""The README's table of the broker's flags says what `snapshot-broker --help` says.

`readme_test.py --print BROKER` prints the table, to be pasted into the README after a change of the flags.
"""

import os
import re
import subprocess
import sys
import unittest

OPTION = re.compile(
    r"^  (?P<flag>--[a-z-]+)(?:=VALUE)?\n"
    r" +(?P<help>.+)\n"
    r" +default: (?P<default>.+); environment: (?P<environment>\w+)$",
    re.MULTILINE,
)


def table(broker):
    text = subprocess.run([broker, "--help"], stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
    options = list(OPTION.finditer(text))
    # Every flag of the list, but for those that have neither a default nor a variable.
    listed = set(re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE)) - {"--help", "--version", "--print-config"}
    assert listed == {o.group("flag") for o in options}, listed ^ {o.group("flag") for o in options}
    lines = ["| flag | what | default |", "|---|---|---|"]
    for option in options:
        assert option.group("environment") == "SNAPSHOT_BROKER_" + option.group("flag")[2:].replace("-", "_").upper()
        fields = (option.group("flag"), option.group("help"), option.group("default"))
        lines.append("| `%s` | %s | `%s` |" % tuple(field.replace("|", "\\|") for field in fields))
    return "\n".join(lines)


class ReadmeTest(unittest.TestCase):
    def test_table_of_flags_is_that_of_the_help(self):
        with open("README.md", encoding="utf-8") as readme:
            self.assertIn(table(os.environ["SNAPSHOT_BROKER"]), readme.read())


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--print":
        print(table(sys.argv[2]))
    else:
        unittest.main()
