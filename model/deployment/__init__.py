"""A reader to a SageMaker endpoint: what is wanted, the calls that this takes, and the making of them."""
