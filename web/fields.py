"""Gradio's fields where they take what the browser sends as it is: whoever handles it checks it.

What they would check is what was there when the page was made, which is filled only later.
"""

from typing import Any

import gradio as gr


def choice(choices: list[Any], **looks: Any) -> gr.Dropdown:
    """A list to choose from, which is filled after the page was made."""
    return _taking(gr.Dropdown(choices, **looks), lambda chosen: chosen)


def ticks(**looks: Any) -> gr.CheckboxGroup:
    """Boxes to tick, which are made after the page was."""
    return _taking(gr.CheckboxGroup(**looks), lambda ticked: ticked if isinstance(ticked, list) else [])


def number(value: float | None = None, **looks: Any) -> gr.Number:
    """A number, or nothing."""
    return _taking(gr.Number(value, **looks), lambda given: given)


def slider(low: float, high: float, **looks: Any) -> gr.Slider:
    """A number between two others, or whatever somebody sends in its place."""
    return _taking(gr.Slider(low, high, **looks), lambda given: given)


def files(**looks: Any) -> gr.File:
    """Files, by the paths where they lie until they are read; Gradio's own leaves an empty file for each."""
    return _taking(gr.File(**looks), lambda given: [str(file.path) for file in getattr(given, "root", ())])


def _taking(field: Any, take: Any) -> Any:
    field.preprocess = take
    return field
