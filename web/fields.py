"""Gradio's fields where they take what the browser sends as it is: whoever handles it checks it."""

from typing import Any

import gradio as gr


class Choice(gr.Dropdown):  # type: ignore[misc]
    """A list to choose from, which is filled after the page was made."""

    def preprocess(self, payload: Any) -> Any:
        """What was chosen."""
        return payload


class Ticks(gr.CheckboxGroup):  # type: ignore[misc]
    """Boxes to tick, which are made after the page was."""

    def preprocess(self, payload: Any) -> Any:
        """What is ticked."""
        return payload if isinstance(payload, list) else []


class Files(gr.File):  # type: ignore[misc]
    """Files, by the paths where they lie until they are read; Gradio's own leaves an empty file for each."""

    def preprocess(self, payload: Any) -> Any:
        """The paths."""
        files = getattr(payload, "root", None) or ([payload] if payload else [])
        return [str(file.path) for file in files]
