"""A quick reader of the plain YAML that nearly all files of the project are written in.

It knows block and flow lists and mappings, plain scalars and quoted ones on one line, and comments. Wherever it meets
anything else, right or wrong (a fold, an escape, an alias, a key written twice), it gives up and `strict_yaml` reads
the file with ruamel.yaml, which says what the file means and what is wrong with it. So this module may refuse what it
likes, but what it returns must be the same tree, place by place: tests hold it against ruamel.yaml on every file of
the project and on files spoilt at random. It takes a tenth of the time.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from capacity_sim.catalogue.tree import Scalar, Tree, scalar

_LETTERS = re.compile(r"[\n\x20-\x7e]*")
_MARKER = re.compile(r"^(---|\.\.\.|%)", re.MULTILINE)
_GAP = re.compile(r"(?: *(?:#[^\n]*)?\n)*( *)(?:#[^\n]*\Z)?")  # lines without content, and the next indentation
_END_OF_LINE = re.compile(r" *(?: #[^\n]*)?(?:\n|\Z)")
_SPACE = re.compile(r"(?:[ \n]|(?<=[ \n])#[^\n]*)*")  # between the pieces of a flow collection
_FIRST = r"(?:[A-Za-z0-9_./(+$<=~]|-[A-Za-z0-9.])"  # a plain scalar may start so
_BLOCK_SCALAR = re.compile(_FIRST + r"(?:[^\n:#]|:(?![ \n]|\Z)|(?<! )#)*")
_FLOW_SCALAR = re.compile(_FIRST + r"[^,\[\]{}:#?\n]*")
_QUOTED = re.compile(r"\"([^\"\\\n]*)\"|'([^'\n]*)'(?!')")
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.&\- ]{0,100}[A-Za-z0-9_.\-])?"
_KEY = re.compile(rf"(?:\"([^\"\\\n]{{1,100}})\"|({_NAME})):(?:(?=\n)| +)")
_BLOCK_KEY = re.compile(_KEY.pattern.replace("&", "&,"))
_FOLDED = re.compile(r"> *\n")
_FOLDED_LINE = re.compile(r"( +)([^ \n][^\n]*)\n")


class _NotPlain(Exception):
    """The text holds something that this reader does not know."""


def read(text: str, file: str) -> Tree | None:
    r"""Tree of a text, or None where it is not plain.

    Examples
    --------
    >>> read("scale: {PO: 1.5}  # by grade\n", "a.yaml").plain()
    {'scale': {'PO': 1.5}}
    >>> read("scale: &here 1.5\n", "a.yaml") is None
    True
    """
    if _LETTERS.fullmatch(text) is None or _MARKER.search(text) is not None:
        return None
    try:
        return _Reader(text, file).document()
    except (_NotPlain, RecursionError):
        return None


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.text, self.file, self.pos = text, file, 0
        self.lines = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(self, pos: int) -> tuple[int, int]:
        line = bisect_right(self.lines, pos)
        return line, pos - self.lines[line - 1] + 1

    def leaf(self, pos: int, value: Scalar) -> Tree:
        line, column = self.place(pos)
        return Tree("scalar", self.file, line, column, value)

    def peek(self) -> str:
        return self.text[self.pos : self.pos + 1]

    # --- blocks: indentation counts, from 0; -1 is the end of the text --------------------------------------------
    def document(self) -> Tree:
        indent = self.next_line()
        tree, after = self.block(indent)
        if after != -1:
            raise _NotPlain
        return tree

    def next_line(self) -> int:
        """Go to the next line with content and give its indentation."""
        found = _GAP.match(self.text, self.pos)
        if found is None:
            raise _NotPlain
        self.pos = found.end()
        return -1 if self.pos == len(self.text) else found.end() - found.start(1)

    def end_of_line(self) -> int:
        found = _END_OF_LINE.match(self.text, self.pos)
        if found is None:
            raise _NotPlain
        self.pos = found.end()
        return self.next_line()

    def block(self, indent: int) -> tuple[Tree, int]:
        """Collection whose lines have an indentation, and the indentation of the line after it."""
        if self.text.startswith("- ", self.pos):
            return self.block_list(indent)
        if self.peek() in ("{", "["):  # a key's value in braces on a line of its own
            return self.value(_BLOCK_SCALAR), self.end_of_line()
        return self.block_map(indent)

    def block_list(self, indent: int) -> tuple[Tree, int]:
        line, column = self.place(self.pos)
        items, after = [], indent
        while after == indent and self.text.startswith("- ", self.pos):
            start = self.pos
            while self.text.startswith(" ", self.pos + 1):
                self.pos += 1
            self.pos += 1
            if _BLOCK_KEY.match(self.text, self.pos):
                item, after = self.block_map(indent + self.pos - start)
            else:
                item = self.value(_BLOCK_SCALAR)
                after = self.end_of_line()
            items.append(item)
        if after >= indent:
            raise _NotPlain
        return Tree("list", self.file, line, column, items=tuple(items)), after

    def block_map(self, indent: int) -> tuple[Tree, int]:
        line, column = self.place(self.pos)
        entries: list[tuple[Tree, Tree]] = []
        seen: set[Scalar] = set()
        after = indent
        while after == indent:
            key = self.key(_BLOCK_KEY, seen)
            if self.peek() in "#\n":
                after = self.next_line() if self.peek() == "#" else self.end_of_line()
                if after <= indent:
                    raise _NotPlain
                value, after = self.block(after)
            elif _FOLDED.match(self.text, self.pos):
                value, after = self.folded(indent)
            else:
                value = self.value(_BLOCK_SCALAR)
                after = self.end_of_line()
            entries.append((key, value))
        if after > indent:
            raise _NotPlain
        return Tree("map", self.file, line, column, entries=tuple(entries)), after

    def folded(self, indent: int) -> tuple[Tree, int]:
        """Folded text of a block with an indentation: lines of one indentation, none of them empty."""
        start = self.pos
        self.pos = self.text.index("\n", start) + 1
        found = _FOLDED_LINE.match(self.text, self.pos)
        depth = len(found.group(1)) if found is not None else 0
        if depth <= indent:
            raise _NotPlain
        lines = []
        while found is not None and len(found.group(1)) == depth:
            lines.append(found.group(2))
            self.pos = found.end()
            found = _FOLDED_LINE.match(self.text, self.pos)
        end = self.pos
        after = self.next_line()
        deeper = found is not None and len(found.group(1)) > depth
        unsure = " \n" in self.text[end : self.pos] or not self.text.endswith("\n")
        if after > indent or deeper or unsure:
            raise _NotPlain
        return self.leaf(start, " ".join(lines) + "\n"), after

    def key(self, form: re.Pattern[str], seen: set[Scalar]) -> Tree:
        found = form.match(self.text, self.pos)
        if found is None:
            raise _NotPlain
        value = scalar(found.group(2)) if found.group(1) is None else found.group(1)
        if isinstance(value, bool | float) or value is None or value == "<<" or value in seen:
            raise _NotPlain
        seen.add(value)
        self.pos = found.end()
        return self.leaf(found.start(), value)

    # --- values: in braces, lines and indentation do not count -----------------------------------------------------
    def value(self, plain: re.Pattern[str]) -> Tree:
        start, opening = self.pos, self.peek()
        if opening == "{":
            return self.flow_map()
        if opening == "[":
            return self.flow_list()
        found = _QUOTED.match(self.text, start)
        if found is not None:
            self.pos = found.end()
            return self.leaf(start, found.group(found.lastindex or 0))
        found = plain.match(self.text, start)
        if found is None:
            raise _NotPlain
        text = found.group().rstrip(" ")
        self.pos += len(text)
        return self.leaf(start, scalar(text))

    def skip(self) -> str:
        """Next character of a flow collection that is no space and no comment."""
        found = _SPACE.match(self.text, self.pos)
        self.pos = found.end() if found is not None else self.pos
        return self.peek()

    def flow_list(self) -> Tree:
        line, column = self.place(self.pos)
        items: list[Tree] = []
        self.pos += 1
        more = self.skip() != "]"
        while more:
            items.append(self.value(_FLOW_SCALAR))
            more = self.separator("]")
        if not items:
            self.pos += 1
        return Tree("list", self.file, line, column, items=tuple(items))

    def flow_map(self) -> Tree:
        line, column = self.place(self.pos)
        entries: list[tuple[Tree, Tree]] = []
        seen: set[Scalar] = set()
        self.pos += 1
        more = self.skip() != "}"
        while more:
            key = self.key(_KEY, seen)
            self.skip()
            entries.append((key, self.value(_FLOW_SCALAR)))
            more = self.separator("}")
        if not entries:
            self.pos += 1
        return Tree("map", self.file, line, column, entries=tuple(entries))

    def separator(self, closing: str) -> bool:
        """Go over a comma or the closing bracket; whether another item follows."""
        found = self.skip()
        if found not in (",", closing):
            raise _NotPlain
        self.pos += 1
        if found == closing:
            return False
        self.skip()
        return True
