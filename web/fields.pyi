"""Gradio's fields where they take what the browser sends as it is: whoever handles it checks it."""

from typing import Any

import gradio as gr

class Choice(gr.Dropdown):
    """A list to choose from, which is filled after the page was made."""

    def preprocess(self, payload: Any) -> Any:
        """What was chosen."""
        return payload
    from collections.abc import Callable, Sequence
    from typing import TYPE_CHECKING, Any, Literal

    from gradio.blocks import Block

    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component

class Ticks(gr.CheckboxGroup):
    """Boxes to tick, which are made after the page was."""

    def preprocess(self, payload: Any) -> Any:
        """What is ticked."""
        return payload if isinstance(payload, list) else []
    from collections.abc import Callable, Sequence
    from typing import TYPE_CHECKING, Any, Literal

    from gradio.blocks import Block

    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component

class Files(gr.File):
    """Files, by the paths where they lie until they are read; Gradio's own leaves an empty file for each."""

    def preprocess(self, payload: Any) -> Any:
        """The paths."""
        files = getattr(payload, "root", None) or ([payload] if payload else [])
        return [str(file.path) for file in files]
    from collections.abc import Callable, Sequence
    from typing import TYPE_CHECKING, Any, Literal

    from gradio.blocks import Block

    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component
