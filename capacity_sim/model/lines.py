"""Lines of waiting work: pieces in the order in which they fell due, kept side by side in chunks.

A line is a chain of chunks of `CHUNK` pieces. Work joins at the end and is served from the head, so that neighbours in
a line are neighbours in memory. A piece that is served behind one that must wait leaves a hole (`left` is 0), which
goes when the head passes it.
"""

import numpy as np

from capacity_sim.model.compiled import inlined, inside

CHUNK = 16

#: a line of a desk: minutes waiting at full time, and the same times the floor (1/1024); place of the first piece and
#: the place after the last (-1 when empty), how many wait, and a week row in which none of them had fallen due yet, or
#: the first just had
LINE = np.dtype(
    [("full", "i8"), ("least", "i8"), ("head", "i4"), ("tail", "i4"), ("count", "i4"), ("oldest", "i4")], align=True
)
#: a piece of work; `left` is the full minutes still needed, `due` the week row, `serial` a person, SUPPORT or TEAM,
#: `risk` the person's, plus HELD
PIECE = np.dtype([("left", "i4"), ("serial", "i4"), ("due", "u2"), ("act", "u1"), ("risk", "u1")])


@inlined
def new_chunk(q):
    """Take a free chunk of the block, the one given back last first."""
    if q.free[0] > 0:
        q.free[0] -= 1
        c = np.int64(q.stack[q.free[0]])
    else:
        c = q.free[2]
        q.free[2] = c + 1
    q.free[1] += 1
    q.after[c] = -1
    return c


@inlined
def give_back(q, c):
    """Give a chunk back."""
    q.stack[q.free[0]] = c
    q.free[0] += 1
    q.free[1] -= 1


@inlined
def step(q, t):
    """Place behind a place of a line; negative behind its last chunk."""
    t += 1
    if t % CHUNK == 0:
        t = np.int64(q.after[t // CHUNK - 1]) * CHUNK
    return t


@inlined
def leave_behind(q, t):
    """Place behind the head of a line, whose chunk is given back when it was the last place of it."""
    t += 1
    if t % CHUNK == 0:
        c = t // CHUNK - 1
        t = np.int64(q.after[c]) * CHUNK
        give_back(q, c)
    return t


@inlined
def append(q, desk, queue, act, risk, serial, left, due):
    """Put a piece of work at the end of a line; its minutes are the caller's business."""
    line = q.line[np.uint64(desk), np.uint64(queue)]
    t = np.int64(line.tail)
    if t < 0:
        t = new_chunk(q) * CHUNK
        line.head = t
        line.oldest = due
    elif t % CHUNK == 0:
        c = new_chunk(q)
        q.after[np.uint64(t // CHUNK - 1)] = c
        t = c * CHUNK
    piece = q.piece[np.uint64(t)]
    piece.left = left
    piece.serial = serial
    piece.due = due
    piece.act = act
    piece.risk = risk
    line.tail = t + 1
    line.count += 1


@inside
def forget(q, t):
    """Give back the chunks of a line from a place on (none when it is negative)."""
    if t < 0:
        return
    c = t // CHUNK
    while c >= 0:
        after = np.int64(q.after[c])
        give_back(q, c)
        c = after


@inlined
def set_head(q, desk, queue, t, count):
    """Let a line begin at a place, with so many pieces from there on."""
    q.line[desk, queue].count = count
    if count > 0:
        q.line[desk, queue].head = t
    else:
        forget(q, t)
        q.line[desk, queue].head = -1
        q.line[desk, queue].tail = -1


@inside
def copy_to(q, desk, queue, t):
    """Put a copy of a piece at the end of a line."""
    x = q.piece[t]
    append(q, desk, queue, x.act, x.risk, np.int64(x.serial), np.int64(x.left), np.int64(x.due))


@inside
def merge(q, w, source, desk, queue, places, goes, first, n):
    """Move pieces of a desk's line to another desk, each behind the work that fell due no later than it did.

    `places` are the pieces of the line in order, `goes` the desk of each, or -1 when it has gone; from `first` to `n`.
    Their minutes still needed move from one group's due to the other's, so that both still close.
    """
    old = np.int64(q.line[desk, queue].head)
    here = np.int64(q.line[desk, queue].count)
    q.line[desk, queue].head = -1
    q.line[desk, queue].tail = -1
    q.line[desk, queue].count = 0
    for k in range(first, n):
        if goes[k] != desk:
            continue
        goes[k] = -1
        t = places[k]
        while here > 0 and q.piece[old].due <= q.piece[t].due:
            if q.piece[old].left > 0:
                copy_to(q, desk, queue, old)
                here -= 1
            old = leave_behind(q, old)
        copy_to(q, desk, queue, t)
        left = np.int64(q.piece[t].left)
        least = left * np.int64(w.floor[q.piece[t].due, q.piece[t].act])
        q.line[source, queue].full -= left
        q.line[source, queue].least -= least
        q.line[desk, queue].full += left
        q.line[desk, queue].least += least
        q.flow[q.desk[source].group, 0] -= left
        q.flow[q.desk[desk].group, 0] += left
    while here > 0:
        if q.piece[old].left > 0:
            copy_to(q, desk, queue, old)
            here -= 1
        old = leave_behind(q, old)
    forget(q, old)
