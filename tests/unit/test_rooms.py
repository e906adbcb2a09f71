"""Room for work grows, and nothing that is in use is lost."""

import numpy as np

from capacity_sim.model import arrays


def test_desks_keep_their_pieces_and_free_places_when_room_grows():
    q = arrays.empty_desks(2, 1, 8, 1, 1, 1, 1, 0)
    q.piece["left"] = np.arange(16).reshape(2, 8)
    q.stack[:] = np.arange(100, 116).reshape(2, 8)
    q.free[:] = [[2, 3, 5], [0, 8, 8]]  # places on the stack, pieces in use, most ever in use
    wider = arrays.more_room(q)
    assert wider.piece.shape == wider.stack.shape == (2, 16)
    assert wider.piece["left"][0, :5].tolist() == [0, 1, 2, 3, 4]
    assert wider.piece["left"][1, :8].tolist() == list(range(8, 16))
    assert wider.stack[0, :2].tolist() == [100, 101]
    assert wider.free is q.free


def test_books_keep_what_goes_to_teams_when_room_grows():
    books = arrays.empty_books(2, 1, 1, 1, 4)
    books.out["duration"] = [[1, 2, 3, 4], [5, 6, 7, 8]]
    wider = arrays.more_out(books, np.array([3, 4]))
    assert wider.out.shape == (2, 8)
    assert wider.out["duration"][0, :3].tolist() == [1, 2, 3]
    assert wider.out["duration"][1, :4].tolist() == [5, 6, 7, 8]
