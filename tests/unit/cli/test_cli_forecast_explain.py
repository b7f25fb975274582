"""What `forecast explain` says above its table."""

from dataclasses import replace
from datetime import date

from regulars.cli._forecast_explain import told_head
from regulars.flows import ExplainedForecast

DAY = date(2017, 11, 27)


def test_the_head_names_the_window_the_method_and_the_day_it_learnt_until():
    explained = ExplainedForecast("7", DAY, 0.83, 9, date(2017, 11, 20), (), 14, "decayed-count", DAY, 12_345)
    who, how = told_head(explained)
    assert (
        who
        == "Household 7 as of 2017-11-27: 9 visits in 182 days, last on 2017-11-20, 83% likely to shop within 14 days."
    )
    chances = "Chances of buying within 14 days, 2017-11-27 to 2017-12-10, by"
    assert how == f"{chances} decayed-count, learnt from 12,345 pairs of household and item before 2017-11-27:"
    assert (
        told_head(replace(explained, method="", trained_until_on=None))[1]
        == f"{chances} a method not known any more:"
    )
