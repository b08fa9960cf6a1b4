mock_provider "aws" {
  source = "./tests"
}

# Each extreme of each variable, many to a run: Terraform tells which was not refused. A variable that is looked at
# together with another is looked at only where that one is right.
variables {
  region       = "eu-west-1"
  alarm_emails = ["somebody@example.com"]
}

run "below_each_range" {
  command = plan

  variables {
    name                   = "ab"
    region                 = "here"
    channels               = []
    requests_per_address   = 99
    cidr                   = "10.0.0.0/15"
    zones                  = 1
    nat                    = ""
    bot_image              = "wherein:latest"
    architecture           = ""
    task_cpu               = 256
    tasks_min              = 0
    tasks_cpu              = 9
    tasks_requests         = 59
    ttl_days               = 0
    settings               = { PATH = "/" }
    more_secrets           = ["PATH"]
    secrets_version        = 0
    reader                 = ""
    endpoint_image         = "endpoint:latest"
    model_data             = "model.zip"
    endpoint_instance      = "ml.large"
    endpoint_min           = 0
    endpoint_scaling       = ""
    endpoint_concurrency   = 0
    endpoint_cpu           = 9
    serverless_memory      = 1023
    serverless_concurrency = 0
    table_most_reads       = 99
    table_most_writes      = 99
    kms_key_arn            = "key"
    log_days               = 0
    budget                 = -1
    github_repository      = "me"
    github_environment     = ""
  }

  expect_failures = [
    var.name, var.region, var.channels, var.requests_per_address, var.cidr, var.zones, var.nat, var.bot_image,
    var.architecture, var.task_cpu, var.tasks_min, var.tasks_cpu, var.tasks_requests, var.ttl_days, var.settings,
    var.more_secrets, var.secrets_version, var.reader, var.endpoint_image, var.model_data, var.endpoint_instance,
    var.endpoint_min, var.endpoint_scaling, var.endpoint_concurrency, var.endpoint_cpu, var.serverless_memory,
    var.serverless_concurrency, var.table_most_reads, var.table_most_writes, var.kms_key_arn, var.log_days,
    var.budget, var.github_repository, var.github_environment,
  ]
}

run "above_each_range" {
  command = plan

  variables {
    name                   = "abcdefghijklmnopqrstuvwxy"
    region                 = "eu-west-11"
    channels               = ["slack", "irc"]
    requests_per_address   = 2000000001
    cidr                   = "10.0.0.0/21"
    zones                  = 4
    nat                    = "two"
    bot_image              = "wherein@sha256:0"
    architecture           = "MIPS"
    task_cpu               = 8192
    tasks_min              = 101
    tasks_cpu              = 96
    tasks_requests         = 100001
    ttl_days               = 3651
    settings               = { SLACK_BOT_TOKEN = "xoxb" }
    secrets_version        = 1.5
    reader                 = "gpu"
    endpoint_image         = "endpoint@sha256:0"
    model_data             = "model.tar.gz"
    endpoint_instance      = "ml.c5.18xlarge"
    endpoint_min           = 51
    endpoint_scaling       = "memory"
    endpoint_concurrency   = 1001
    endpoint_cpu           = 96
    serverless_memory      = 7168
    serverless_concurrency = 201
    table_most_reads       = 100.5
    table_most_writes      = 100.5
    log_days               = 3653
    alarm_emails           = ["me"]
    github_repository      = "a/b/c"
    github_environment     = "a b"
  }

  expect_failures = [
    var.name, var.region, var.channels, var.requests_per_address, var.cidr, var.zones, var.nat, var.bot_image,
    var.architecture, var.task_cpu, var.tasks_min, var.tasks_cpu, var.tasks_requests, var.ttl_days, var.settings,
    var.secrets_version, var.reader, var.endpoint_image, var.model_data, var.endpoint_instance, var.endpoint_min,
    var.endpoint_scaling, var.endpoint_concurrency, var.endpoint_cpu, var.serverless_memory, var.serverless_concurrency,
    var.table_most_reads, var.table_most_writes, var.log_days, var.alarm_emails, var.github_repository,
    var.github_environment,
  ]
}

run "what_needs_an_address_without_one" {
  command = plan

  variables {
    name               = "internal-wherein"
    channels           = ["slack", "teams"]
    teams_app_id       = "00000000-0000-0000-0000-000000000000"
    teams_tenant_id    = "00000000-0000-0000-0000-000000000000"
    page_sign_on       = { issuer = "https://id.example.com", authorization_endpoint = "https://id.example.com/a", token_endpoint = "https://id.example.com/t", user_info_endpoint = "https://id.example.com/u", client_id = "wherein" }
    page_client_secret = "00000000"
    slack_many         = true
    slack_client_id    = "1.2"
    task_memory        = 1024
    tasks_min          = 3
    tasks_max          = 2
    stock_model        = "distilbert-base-uncased-distilled-squad" # an embedded reader has none
    endpoint_min       = 3
    endpoint_max       = 2
    budget             = 10
    alarm_emails       = []
  }

  expect_failures = [
    var.name, var.channels, var.page_sign_on, var.slack_many, var.task_memory, var.tasks_max, var.stock_model, var.endpoint_max, var.budget,
    check.somebody_is_told,
  ]
}

run "what_needs_another_without_it" {
  command = plan

  variables {
    domain       = "wherein.example.com"
    zone_id      = "Z0123456789ABC"
    channels     = ["slack", "teams"]
    page_sign_on = { issuer = "https://id.example.com", authorization_endpoint = "https://id.example.com/a", token_endpoint = "https://id.example.com/t", user_info_endpoint = "https://id.example.com/u", client_id = "wherein" }
    slack_many   = true
    public_ask   = true
    stock_image  = "image" # of no model
  }

  expect_failures = [
    var.public_ask, var.page_client_secret, var.slack_client_id, var.teams_app_id, var.teams_tenant_id, var.stock_image,
  ]
}

run "more_than_another_allows" {
  command = plan

  variables {
    domain             = "wherein.example.com"
    zone_id            = "Z0123456789ABC"
    page_sign_on       = { issuer = "http://id.example.com", authorization_endpoint = "https://id.example.com/a", token_endpoint = "https://id.example.com/t", user_info_endpoint = "https://id.example.com/u", client_id = "wherein" }
    page_client_secret = "00000000"
    task_cpu           = 4096
    task_memory        = 31744
    tasks_max          = 1001
    endpoint_max       = 201
    reader             = "endpoint"
    endpoint_instance  = "ml.c7i.metal"
    stock_model        = "distilbert-base-uncased-distilled-squad" # without a way to the internet
    stock_image        = "image"
    secrets            = { WHEREIN_ADMIN_PASSWORD = "00000000" }
  }

  expect_failures = [
    var.page_sign_on, var.task_memory, var.tasks_max, var.endpoint_max, var.endpoint_instance, var.stock_model, var.secrets,
  ]
}

run "a_name_that_is_none" {
  command = plan

  variables {
    domain = "no domain"
  }

  expect_failures = [var.domain]
}

run "a_domain_without_a_zone_or_a_certificate" {
  command = plan

  variables {
    domain = "wherein.example.com"
  }

  expect_failures = [var.certificate_arn]
}

run "a_domain_with_both" {
  command = plan

  variables {
    domain          = "wherein.example.com"
    zone_id         = "Z0123456789ABC"
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0"
  }

  expect_failures = [var.certificate_arn]
}

run "a_certificate_that_is_none" {
  command = plan

  variables {
    domain          = "wherein.example.com"
    certificate_arn = "certificate"
  }

  expect_failures = [var.certificate_arn]
}

run "a_zone_that_is_none" {
  command = plan

  variables {
    domain  = "wherein.example.com"
    zone_id = "here"
  }

  expect_failures = [var.zone_id]
}

run "a_zone_without_a_domain" {
  command = plan

  variables {
    zone_id = "Z0123456789ABC"
  }

  expect_failures = [var.zone_id]
}

run "a_secret_that_is_none_and_a_way_in_without_an_address" {
  command = plan

  variables {
    secrets    = { SLACK_BOT_TOKEN = "short" }
    channels   = ["http", "slack"]
    public_ask = true
  }

  expect_failures = [var.secrets, var.public_ask]
}

run "a_missing_secret" {
  command = plan

  variables {
    bot_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets   = { SLACK_BOT_TOKEN = "xoxb-0000000" }
  }

  expect_failures = [var.secrets]
}

run "an_image_from_elsewhere_even_where_nothing_is_made_yet" {
  command = plan

  variables {
    bot_image = "docker.io/somebody/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets   = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000" }
  }

  expect_failures = [aws_ecs_task_definition.bot]
}

run "the_bots_image_at_the_endpoint" {
  command = plan

  variables {
    reader         = "endpoint"
    endpoint_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    model_data     = "models/0/model.tar.gz"
  }

  expect_failures = [aws_sagemaker_model.this]
}

run "an_endpoint_without_its_image" {
  command = plan

  variables {
    bot_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets   = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000" }
    reader    = "endpoint"
  }

  expect_failures = [aws_ecs_task_definition.bot]
}
