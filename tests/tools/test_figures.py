"""What has not reached its target: CAVEATS.md and the data agree, and --update only tightens."""

import pytest

from cormlib import bench, bench_held
from cormlib.failure import Failure

FIGURES = {"fast": {"target": 10, "held": 20}, "slow": {"target": 1000, "held": 3000},
           "good": {"target": 5}}
DATA = """[linux]
fast   = { target = 10, held = 20 }
slow   = { target = 1000, held = 3000 }
good   = { target = 5 }
"""
CAVEATS = """before

  | row | now | target |
  |---|--:|--:|
  | `fast` | 15 | 10 |
  | `slow` | 2,999 | 1,000 |

after
"""


def test_the_caveats_list_exactly_the_rows_of_the_linux_world_that_are_over_their_targets():
    figures = bench.figures()[0]["linux"]
    held = {name for name, figure in figures.items() if "held" in figure}
    listed = bench_held.listed(bench_held.CAVEATS.read_text())
    assert set(listed) == held, "./corm bench linux --update"
    for name, (insn, target) in listed.items():
        assert target == figures[name]["target"] < insn <= figures[name]["held"], name


def test_a_target_reached_holds_by_itself_and_the_rest_is_tightened():
    measured = {"fast": 10, "slow": 2000, "good": 4}
    data = bench_held.new_data(DATA, FIGURES, measured)
    assert data == DATA.replace(", held = 20", "").replace("3000", "2020")
    text = bench_held.new_caveats(CAVEATS, FIGURES, measured)
    assert bench_held.listed(text) == {"slow": (2000, 1000)}
    assert text.startswith("before\n") and text.endswith(" |\n\nafter\n")


def test_what_is_held_never_goes_up():
    assert bench_held.next_held({"target": 10, "held": 20}, 20) == 20


@pytest.mark.parametrize("measured", [{"fast": 21}, {"good": 6}])
def test_a_regression_is_not_written_down(measured):
    with pytest.raises(Failure, match="more than"):
        bench_held.new_data(DATA, FIGURES, measured)


def test_a_row_that_was_not_measured_stays_as_it_is():
    assert bench_held.new_data(DATA, FIGURES, {"slow": 3000}) == DATA
    listed = bench_held.listed(bench_held.new_caveats(CAVEATS, FIGURES, {"slow": 2500}))
    assert listed == {"fast": (15, 10), "slow": (2500, 1000)}


def test_a_table_without_rows_is_missed_only_by_a_row_that_belongs_into_it():
    text = bench_held.new_caveats(CAVEATS, FIGURES, {"fast": 1, "slow": 1})
    assert bench_held.listed(text) == {}
    assert bench_held.new_caveats(text, FIGURES, {"good": 1}) == text
    with pytest.raises(Failure, match="no table"):
        bench_held.new_caveats(text, FIGURES, {"fast": 11})
