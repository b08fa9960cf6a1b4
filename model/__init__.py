"""The reading: a question and documents in, an answer out; it knows no chat and no bot."""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = (
    "1"  # ONNX Runtime reports to its maker otherwise; it looks when it is loaded
)
