"""Points and lines lie where their numbers say."""

from __future__ import annotations

from console.curves import HEIGHT, LARGEST, MARGIN, SIDE, WIDTH, draw_calibration, draw_line


def test_a_point_on_the_diagonal_is_as_often_right_as_it_is_sure() -> None:
    bins = [
        {"count": 100, "confidence": 0.75, "right": 0.75},
        {"count": 25, "confidence": 0.5, "right": 0.25},
        {"count": 0, "confidence": 0.0, "right": 0.0},
    ]
    sure, unsure = draw_calibration(bins)
    assert (sure.x, sure.y, sure.radius) == (0.75 * SIDE, 0.25 * SIDE, LARGEST)
    assert unsure.x + unsure.y > SIDE, "below the diagonal: too sure of itself"
    assert unsure.radius < sure.radius
    assert draw_calibration([]) == []


def test_a_line_breaks_where_nothing_is_known() -> None:
    line = draw_line([(0.0, 5), (0.5, 5), (None, 0), (1.0, 5), (0.5, 5)], top=0.5)
    assert [len(piece.split()) for piece in line.pieces] == [2, 2]
    assert (line.points[0].x, line.points[0].y) == (MARGIN, HEIGHT - MARGIN)
    assert [point.y for point in line.points[1:]] == [MARGIN] * 3, "never above its upper edge"
    assert line.points[-1].x == WIDTH - MARGIN


def test_a_single_week_is_a_point_without_a_line() -> None:
    line = draw_line([(None, 0), (0.2, 9)], top=0.25)
    assert (len(line.points), line.pieces) == (1, [])
