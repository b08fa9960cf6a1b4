mock_provider "aws" {
  source = "./tests"
}

variables {
  region       = "eu-west-1"
  alarm_emails = ["somebody@example.com"]
}

run "an_unknown_secret_is_refused" {
  command = plan

  variables {
    secrets = { WHEREIN_ADMIN_PASSWORD = "00000000" }
  }

  expect_failures = [var.secrets]
}

run "more_secrets_is_refused" {
  command = plan

  variables {
    more_secrets = ["PATH"]
  }

  expect_failures = [var.more_secrets]
}

run "name_is_refused" {
  command = plan

  variables {
    name = "X"
  }

  expect_failures = [var.name]
}

run "region_is_refused" {
  command = plan

  variables {
    region = "here"
  }

  expect_failures = [var.region]
}

run "channels_is_refused" {
  command = plan

  variables {
    channels = ["irc"]
  }

  expect_failures = [var.channels]
}

run "domain_is_refused" {
  command = plan

  variables {
    domain = "no domain"
  }

  expect_failures = [var.domain]
}

run "zone_id_is_refused" {
  command = plan

  variables {
    zone_id = "Z0123456789ABC"
  }

  expect_failures = [var.zone_id]
}

run "certificate_arn_is_refused" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0"
    domain          = "a.example.com"
    zone_id         = "Z0123456789ABC"
  }

  expect_failures = [var.certificate_arn]
}

run "page_sign_on_is_refused" {
  command = plan

  variables {
    page_sign_on = { issuer = "http://id.example.com", authorization_endpoint = "https://id.example.com/a", token_endpoint = "https://id.example.com/t", user_info_endpoint = "https://id.example.com/u", client_id = "wherein" }
  }

  expect_failures = [var.page_sign_on]
}

run "requests_per_address_is_refused" {
  command = plan

  variables {
    requests_per_address = 1
  }

  expect_failures = [var.requests_per_address]
}

run "cidr_is_refused" {
  command = plan

  variables {
    cidr = "10.0.0.0/24"
  }

  expect_failures = [var.cidr]
}

run "zones_is_refused" {
  command = plan

  variables {
    zones = 1
  }

  expect_failures = [var.zones]
}

run "nat_is_refused" {
  command = plan

  variables {
    nat = "two"
  }

  expect_failures = [var.nat]
}

run "bot_image_is_refused" {
  command = plan

  variables {
    bot_image = "wherein:latest"
  }

  expect_failures = [var.bot_image]
}

run "architecture_is_refused" {
  command = plan

  variables {
    architecture = "MIPS"
  }

  expect_failures = [var.architecture]
}

run "task_cpu_is_refused" {
  command = plan

  variables {
    task_cpu = 100
  }

  expect_failures = [var.task_cpu]
}

run "task_memory_is_refused" {
  command = plan

  variables {
    task_memory = 1024
  }

  expect_failures = [var.task_memory]
}

run "tasks_min_is_refused" {
  command = plan

  variables {
    tasks_min = 0
  }

  expect_failures = [var.tasks_min]
}

run "tasks_max_is_refused" {
  command = plan

  variables {
    tasks_max = 1
  }

  expect_failures = [var.tasks_max]
}

run "tasks_cpu_is_refused" {
  command = plan

  variables {
    tasks_cpu = 5
  }

  expect_failures = [var.tasks_cpu]
}

run "tasks_requests_is_refused" {
  command = plan

  variables {
    tasks_requests = 1
  }

  expect_failures = [var.tasks_requests]
}

run "ttl_days_is_refused" {
  command = plan

  variables {
    ttl_days = 0
  }

  expect_failures = [var.ttl_days]
}

run "slack_client_id_is_refused" {
  command = plan

  variables {
    slack_many = true
  }

  expect_failures = [var.slack_client_id]
}

run "teams_app_id_is_refused" {
  command = plan

  variables {
    channels        = ["teams"]
    teams_tenant_id = "00000000-0000-0000-0000-000000000000"
  }

  expect_failures = [var.teams_app_id]
}

run "teams_tenant_id_is_refused" {
  command = plan

  variables {
    channels     = ["teams"]
    teams_app_id = "00000000-0000-0000-0000-000000000000"
  }

  expect_failures = [var.teams_tenant_id]
}

run "settings_is_refused" {
  command = plan

  variables {
    settings = { PATH = "/" }
  }

  expect_failures = [var.settings]
}

run "secrets_is_refused" {
  command = plan

  variables {
    bot_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  }

  expect_failures = [var.secrets]
}

run "secrets_version_is_refused" {
  command = plan

  variables {
    secrets_version = 0
  }

  expect_failures = [var.secrets_version]
}

run "reader_is_refused" {
  command = plan

  variables {
    reader = "gpu"
  }

  expect_failures = [var.reader]
}

run "endpoint_image_is_refused" {
  command = plan

  variables {
    endpoint_image = "e:1"
  }

  expect_failures = [var.endpoint_image]
}

run "model_data_is_refused" {
  command = plan

  variables {
    model_data = "m.zip"
  }

  expect_failures = [var.model_data]
}

run "stock_model_is_refused" {
  command = plan

  variables {
    stock_model = "m"
    stock_image = "i"
  }

  expect_failures = [var.stock_model]
}

run "stock_image_is_refused" {
  command = plan

  variables {
    stock_image = "i"
  }

  expect_failures = [var.stock_image]
}

run "endpoint_instance_is_refused" {
  command = plan

  variables {
    endpoint_instance = "c5.large"
  }

  expect_failures = [var.endpoint_instance]
}

run "endpoint_min_is_refused" {
  command = plan

  variables {
    endpoint_min = 0
  }

  expect_failures = [var.endpoint_min]
}

run "endpoint_max_is_refused" {
  command = plan

  variables {
    endpoint_max = 1
  }

  expect_failures = [var.endpoint_max]
}

run "endpoint_scaling_is_refused" {
  command = plan

  variables {
    endpoint_scaling = "memory"
  }

  expect_failures = [var.endpoint_scaling]
}

run "endpoint_concurrency_is_refused" {
  command = plan

  variables {
    endpoint_concurrency = 0
  }

  expect_failures = [var.endpoint_concurrency]
}

run "endpoint_cpu_is_refused" {
  command = plan

  variables {
    endpoint_cpu = 100
  }

  expect_failures = [var.endpoint_cpu]
}

run "serverless_memory_is_refused" {
  command = plan

  variables {
    serverless_memory = 1000
  }

  expect_failures = [var.serverless_memory]
}

run "serverless_concurrency_is_refused" {
  command = plan

  variables {
    serverless_concurrency = 0
  }

  expect_failures = [var.serverless_concurrency]
}

run "table_most_reads_is_refused" {
  command = plan

  variables {
    table_most_reads = 1
  }

  expect_failures = [var.table_most_reads]
}

run "table_most_writes_is_refused" {
  command = plan

  variables {
    table_most_writes = 1
  }

  expect_failures = [var.table_most_writes]
}

run "kms_key_arn_is_refused" {
  command = plan

  variables {
    kms_key_arn = "key"
  }

  expect_failures = [var.kms_key_arn]
}

run "log_days_is_refused" {
  command = plan

  variables {
    log_days = 2
  }

  expect_failures = [var.log_days]
}

run "alarm_emails_is_refused" {
  command = plan

  variables {
    alarm_emails = ["me"]
  }

  expect_failures = [var.alarm_emails]
}

run "budget_is_refused" {
  command = plan

  variables {
    budget       = 10
    alarm_emails = []
  }

  expect_failures = [var.budget, check.somebody_is_told]
}

run "github_repository_is_refused" {
  command = plan

  variables {
    github_repository = "me"
  }

  expect_failures = [var.github_repository]
}

run "github_environment_is_refused" {
  command = plan

  variables {
    github_environment = "a b"
  }

  expect_failures = [var.github_environment]
}

run "a_token_among_the_settings_is_refused" {
  command = plan

  variables {
    settings = { SLACK_BOT_TOKEN = "x" }
  }

  expect_failures = [var.settings]
}

run "teams_without_an_address_is_refused" {
  command = plan

  variables {
    bot_image       = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    channels        = ["teams"]
    teams_app_id    = "00000000-0000-0000-0000-000000000000"
    teams_tenant_id = "00000000-0000-0000-0000-000000000000"
    secrets         = { TEAMS_APP_PASSWORD = "0123456789" }
  }

  expect_failures = [aws_ecs_task_definition.bot]
}

run "many_workspaces_without_an_address_are_refused" {
  command = plan

  variables {
    bot_image       = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    slack_many      = true
    slack_client_id = "1.2"
    secrets         = { WHEREIN_SECRET_KEY = "0123456789", SLACK_CLIENT_SECRET = "0123456789", SLACK_APP_TOKEN = "0123456789" }
  }

  expect_failures = [aws_ecs_task_definition.bot]
}

run "an_endpoint_without_its_image_is_refused" {
  command = plan

  variables {
    bot_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets   = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000", SLACK_SIGNING_SECRET = "00000000" }
    reader    = "endpoint"
  }

  expect_failures = [aws_ecs_task_definition.bot]
}
