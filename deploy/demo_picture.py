#!/usr/bin/env python3
"""The picture of the demo: docs/demo.svg, a terminal with lines of a real run.

  deploy/demo.sh --fast | python3 deploy/demo_picture.py            writes the picture
  deploy/demo.sh --fast | python3 deploy/demo_picture.py --check    do the picture's lines occur in this run?

Which lines are shown is the list below: from the line that starts with the first text to the one that starts with the
second. Ids of a run (UUIDs) and times of day may differ from run to run. Standard library only.
"""

import html
import pathlib
import re
import sys

PICTURE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "demo.svg"
EXCERPTS = [
    ("08:00  Receiving", "08:00  Receiving"),
    ("  08:30  london    17 more shirts", "  08:30  london    the device sends"),
    ("13:00  Transfer", "13:00  Transfer"),
    ("  13:00  london    9 leave", "         event 41 of london"),
    ("16:00  Counting", "16:00  Counting"),
    ("  16:10  london    a till reports", "         ledger of london 1 shirt: count_variance"),
    ("The auditor", "0 violations"),
]
PROMPT = "$ deploy/demo.sh --fast"
COLUMNS = 112
WIDTH, LINE, TOP, LEFT = 960, 18, 56, 20
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"^( *)\d\d:\d\d(?= )")
STYLE = """
  .back { fill: #ffffff; stroke: #d0d7de } .bar { fill: #8c959f }
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328 }
  .faint { fill: #59636e } .title { fill: #1a7f37; font-weight: bold } .story { fill: #0550ae }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117; stroke: #3d444d } .bar { fill: #656c76 } text { fill: #e6edf3 }
    .faint { fill: #9198a1 } .title { fill: #3fb950 } .story { fill: #79c0ff }
  }"""


def excerpts(run):
    """The lines that are shown, with an empty one between two excerpts of different chapters."""
    shown, at = [], 0
    for first, last in EXCERPTS:
        begin = next((n for n in range(at, len(run)) if run[n].startswith(first)), None)
        end = next((n for n in range(begin or at, len(run)) if run[n].startswith(last)), None)
        if begin is None or end is None:
            sys.exit(f"demo_picture: the run has no line that starts with {first!r} or, after it, with {last!r}")
        if not first.startswith(" "):
            shown.append("")
        shown += [line for line in run[begin : end + 1] if line]
        at = end + 1
    return [shortened(line) for line in shown]


def shortened(line):
    """A line that fits into the picture; long ids keep their beginning."""
    line = UUID.sub(lambda found: found[0][:8] + "…", line.rstrip())
    return line if len(line) <= COLUMNS else line[: COLUMNS - 1] + "…"


def timeless(line):
    """A line without what may differ between two runs."""
    return TIME.sub(r"\1--:--", re.sub(r"[0-9a-f]{8}…", "ID", line))


def kind(line):
    """Which colour a line has."""
    if re.match(r"\d\d:\d\d  |The auditor|0 violations", line):
        return "title"
    if re.match(r"  \d\d:\d\d  ", line):
        return "story"
    return "faint" if line.startswith("         ledger") else ""


def picture(lines):
    """The SVG of these lines."""
    height = TOP + LINE * len(lines) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' aria-label="a run of the demo in a terminal">',
        "<!-- written by deploy/demo_picture.py from a real run -->",
        f"<style>{STYLE}\n</style>",
        f'<rect class="back" x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="8"/>',
    ]
    parts += [f'<circle class="bar" cx="{LEFT + 4 + 18 * n}" cy="20" r="5"/>' for n in range(3)]
    for number, line in enumerate(lines):
        if line:
            look = f' class="{kind(line)}"' if kind(line) else ""
            at = TOP + LINE * number
            parts.append(f'<text{look} x="{LEFT}" y="{at}" xml:space="preserve">{html.escape(line, quote=False)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def shown_lines(svg):
    """The lines of a picture, but the prompt."""
    found = re.findall(r"<text[^>]*>(.*)</text>", svg)
    return [html.unescape(line) for line in found if html.unescape(line) != PROMPT]


def main():
    """Writes the picture, or checks it."""
    arguments = sys.argv[1:]
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    run = sys.stdin.read().splitlines()
    if not arguments:
        PICTURE.write_text(picture([PROMPT, *excerpts(run)]), encoding="utf-8")
        return
    there = {timeless(shortened(line)) for line in run}
    missing = [line for line in shown_lines(PICTURE.read_text(encoding="utf-8")) if timeless(line) not in there]
    for line in missing:
        print(f"demo_picture: the run has no such line: {line}", file=sys.stderr)
    if missing:
        sys.exit("hint: deploy/demo.sh --fast | python3 deploy/demo_picture.py writes the picture anew")


main()
