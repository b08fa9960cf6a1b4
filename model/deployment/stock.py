"""The address of the stock Hugging Face container, as the `sagemaker` packages know it.

`sagemaker.core.image_uris` is in sagemaker-core, the smallest of them: 450 MB with what it needs, and older
versions of what the page needs. So it is asked only where it is installed.
"""

from importlib import import_module

from model.deployment.wanted import DeployError

MODEL = "distilbert-base-uncased-distilled-squad"
PYTORCH, TRANSFORMERS, PYTHON, SYSTEM = "2.6.0", "4.51.3", "py312", "ubuntu22.04"
TAG = f"{PYTORCH}-transformers{TRANSFORMERS}-cpu-{PYTHON}-{SYSTEM}"  # the last that has question-answering
USUAL = "763104351884.dkr.ecr.{region}.amazonaws.com/huggingface-pytorch-inference:" + TAG


def image(region: str) -> str:
    """The container's address in a region; raises `DeployError`."""
    try:
        retrieve = import_module("sagemaker.core.image_uris").retrieve
    except ImportError:
        raise DeployError(
            "--stock: without the package sagemaker-core its container's address is not known: install it, or"
            f" give --image, in most regions {USUAL.format(region=region)}"
        ) from None
    try:
        found: str = retrieve(
            "huggingface",
            region=region,
            version=TRANSFORMERS,
            base_framework_version=f"pytorch{PYTORCH}",
            py_version=PYTHON,
            instance_type="ml.c5.large",  # any without a GPU
            image_scope="inference",
        )
    except ValueError as error:
        raise DeployError(f"--stock: no such container is known in {region}.") from error
    return found
