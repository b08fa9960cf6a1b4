"""What a stack costs, by one table of prices; complaint 18 of our list with its numbers."""

import re
from dataclasses import replace

import pytest

from bench import costs
from bench.costs import IDLE, SIZES, Stack, Use, example, monthly
from model.readers import PROJECT

QNABOT = 100  # dollars a month that nobody's questions cost there


def total(stack, use=IDLE):
    return sum(monthly(stack, use).values())


def test_complaint_18_the_small_stack_costs_45_dollars_a_month_when_nobody_asks():
    assert round(total(example("small"))) == 45 < QNABOT


def test_complaint_18_scaled_in_to_one_task_it_is_27_dollars():
    assert round(total(replace(example("small"), tasks_min=1))) == 27


def test_complaint_18_reading_in_the_tasks_spares_157_dollars_of_two_instances():
    small = example("small")
    assert small.reader == "embedded"
    assert round(total(replace(small, reader="endpoint")) - total(small)) == 157


def test_complaint_18_with_a_balancer_and_its_firewall_it_is_still_under_qnabots_100():
    behind = replace(example("small"), domain="wherein.example.com", secrets=3)
    assert total(behind) < QNABOT


def test_a_serverless_reader_costs_nothing_where_nobody_asks():
    small = example("small")
    assert total(replace(small, reader="serverless")) == total(small)
    asked = Use(questions=1e6)
    assert monthly(replace(small, reader="serverless"), asked)["reader's endpoint"] == pytest.approx(2.4)


def test_each_line_is_counted_once_and_by_hand():
    stack = Stack(tasks_min=3, domain="a.example.com", nat="each", waf=False)
    lines = monthly(stack)
    assert lines["tasks"] == pytest.approx(730 * 3 * (0.03238 + 2 * 0.00356))
    assert lines["network"] == pytest.approx(730 * 3 * (0.045 + 0.005))
    assert lines["balancer"] == pytest.approx(730 * (0.0225 + 3 * 0.005))
    assert lines["firewall"] == lines["table"] == lines["reader's endpoint"] == 0


@pytest.mark.parametrize("size", SIZES)
def test_an_example_says_what_it_costs(size):
    told = (PROJECT / "infra" / "examples" / f"{size}.tfvars").read_text()
    (dollars,) = re.findall(r"\$([\d,]+) a month", told)
    assert int(dollars.replace(",", "")) == round(total(example(size), Use.of(size)))
    (budget,) = re.findall(r"^budget\s+= (\d+)", told, re.MULTILINE)
    assert int(budget) > total(example(size), Use.of(size))


def test_the_readme_of_infra_holds_what_is_printed_and_the_date_of_its_prices():
    told = (PROJECT / "infra" / "README.md").read_text()
    assert costs.report() in told
    assert f"of {costs.TABLE['date']}, in which is marked" in told


def test_a_price_that_nobody_looked_up_says_so():
    def leaves(found):
        for value in found.values():
            yield from [value] if "dollars" in value else leaves(value)

    prices = list(leaves(costs.TABLE["price"]))
    assert len(prices) > 20
    assert all(isinstance(one["verified"], bool) and one["dollars"] > 0 for one in prices)
