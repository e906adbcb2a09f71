"""Room for work grows, and nothing that is in use is lost."""

import numpy as np

from capacity_sim.model import arrays
from capacity_sim.model.lines import CHUNK


def test_desks_keep_their_pieces_and_free_places_when_room_grows():
    q = arrays.empty_desks(2, 1, 64, 1, 1, 1, 1, 0)
    blocks, chunks = q.after.shape
    q.piece["left"] = np.arange(blocks * chunks * CHUNK).reshape(blocks, -1)
    q.after[:] = np.arange(blocks * chunks).reshape(blocks, -1)
    q.stack[:] = np.arange(100, 100 + blocks * chunks).reshape(blocks, -1)
    q.free[:] = [[2, 3, 5], [0, chunks, chunks]]  # chunks on the stack, in use, and most ever in use
    wider = arrays.more_room(q)
    assert wider.piece.shape == (2, 2 * chunks * CHUNK)
    assert wider.stack.shape == wider.after.shape == (2, 2 * chunks)
    assert wider.piece["left"][0, : 5 * CHUNK].tolist() == list(range(5 * CHUNK))
    assert wider.piece["left"][1, : chunks * CHUNK].tolist() == q.piece["left"][1].tolist()
    assert wider.after[0, :5].tolist() == [0, 1, 2, 3, 4]
    assert wider.after[1, :chunks].tolist() == q.after[1].tolist()
    assert wider.stack[0, :2].tolist() == [100, 101]
    assert wider.free is q.free


def test_books_keep_what_goes_to_teams_when_room_grows():
    books = arrays.empty_books(2, 1, 1, 1, 4)
    books.out["duration"] = [[1, 2, 3, 4], [5, 6, 7, 8]]
    wider = arrays.more_out(books, np.array([3, 4]))
    assert wider.out.shape == (2, 8)
    assert wider.out["duration"][0, :3].tolist() == [1, 2, 3]
    assert wider.out["duration"][1, :4].tolist() == [5, 6, 7, 8]
