# Each example is made, by `terraform test -var-file=examples/….tfvars -filter=tests/examples.tftest.hcl`: check.sh does.
mock_provider "aws" {
  source = "./tests"
}

variables {
  region       = "eu-west-1"
  alarm_emails = ["somebody@example.com"]
}

run "an_example_is_made" {
  command = apply

  variables {
    bot_image      = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    endpoint_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-endpoint@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    model_data     = "models/0/model.tar.gz"
    secrets = {
      SLACK_BOT_TOKEN    = "00000000", SLACK_APP_TOKEN = "00000000", SLACK_SIGNING_SECRET = "00000000", SLACK_CLIENT_SECRET = "00000000"
      WHEREIN_SECRET_KEY = "00000000", TEAMS_APP_PASSWORD = "00000000"
    }
  }

  assert {
    condition     = aws_ecs_service.bot[0].desired_count >= 2
    error_message = "it outlives a zone"
  }

  assert {
    condition     = length(aws_budgets_budget.this) == (var.budget > 0 ? 1 : 0)
    error_message = "somebody is told what it costs"
  }
}
