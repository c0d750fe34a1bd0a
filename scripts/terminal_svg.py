#!/usr/bin/env python3
"""Turns what a program printed on a terminal into an SVG picture, for the README.

usage: some-program --color always | scripts/terminal_svg.py > docs/images/x.svg
"""
import html
import re
import sys
import unicodedata

BACKGROUND, TEXT = "#12161c", "#d5dbe3"
CELL, LINE, MARGIN = 8.4, 19, 18
COLOURS = {30: "#5c6773", 31: "#ff6b6b", 32: "#7fd88f", 33: "#e6c07b", 34: "#6cb6ff", 35: "#d2a8ff",
           36: "#76e3ea", 37: TEXT, 90: "#7d8794", 91: "#ff8a8a", 92: "#a5e8b0", 93: "#f2d79b",
           94: "#96caff", 95: "#e2c5ff", 96: "#a2f0f5", 97: "#ffffff"}
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def cells(text):
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def runs(line, style):
    """Pieces of one style each, and the style the next line begins with."""
    at, pieces = 0, []
    for match in ESCAPE.finditer(line):
        pieces.append((line[at:match.start()], dict(style)))
        at = match.end()
        for code in (int(c or 0) for c in match.group(1).split(";")):
            if code == 0:
                style = {}
            elif code == 1:
                style["font-weight"] = "bold"
            elif code == 2:
                style["opacity"] = "0.6"
            elif code in COLOURS:
                style["fill"] = COLOURS[code]
    pieces.append((line[at:], dict(style)))
    return [p for p in pieces if p[0]], style


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    width = max(cells(ESCAPE.sub("", line)) for line in lines) * CELL + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
           f'viewBox="0 0 {width:.0f} {height:.0f}">',
           f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
           f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" '
           f'fill="{TEXT}" xml:space="preserve">']
    style = {}
    for row, line in enumerate(lines):
        pieces, style = runs(line, style)
        column = 0
        for text, look in pieces:
            if text.strip():
                attributes = "".join(f' {key}="{value}"' for key, value in look.items())
                x, y = MARGIN + column * CELL, MARGIN + row * LINE + 14
                out.append(f'<text x="{x:.1f}" y="{y}" textLength="{cells(text) * CELL:.1f}"'
                           f'{attributes}>{html.escape(text)}</text>')
            column += cells(text)
    print("\n".join(out + ["</g>", "</svg>"]))


if __name__ == "__main__":
    main()
