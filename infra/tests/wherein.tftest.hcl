mock_provider "aws" {
  source = "./tests"
}

variables {
  region = "eu-west-1"
}

run "the_first_apply_makes_what_needs_no_image" {
  command = plan

  assert {
    condition     = length(aws_ecs_service.bot) == 0
    error_message = "nothing runs without an image"
  }

  assert {
    condition     = length(aws_sagemaker_endpoint.this) == 0
    error_message = "nor is there an endpoint"
  }

  assert {
    condition     = length(aws_ecr_repository.this) == 2
    error_message = "the images have somewhere to go"
  }

  assert {
    condition     = length(aws_secretsmanager_secret_version.this) == 0
    error_message = "no secret is written before it is read"
  }

}

run "without_a_domain_slack_comes_by_socket_mode" {
  command = apply

  variables {
    bot_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets   = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000", SLACK_SIGNING_SECRET = "00000000" }
  }

  assert {
    condition     = length(aws_lb.this) == 0
    error_message = "there is no balancer to pay for"
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.task) == 0
    error_message = "nobody reaches a task"
  }

  assert {
    condition     = contains(local.secret_names, "SLACK_APP_TOKEN")
    error_message = "the token of Socket Mode is wanted"
  }

  assert {
    condition     = aws_ecs_service.bot[0].network_configuration[0].assign_public_ip
    error_message = "a task gets out without a NAT"
  }

}

run "with_a_domain_there_is_a_balancer" {
  command = apply

  variables {
    bot_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets   = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000", SLACK_SIGNING_SECRET = "00000000" }
    domain    = "wherein.example.com"
    zone_id   = "Z0123456789ABC"
  }

  assert {
    condition     = length(aws_lb_listener_rule.service) == 1
    error_message = "only Slack's routes are public"
  }

  assert {
    condition     = one(aws_lb_listener.https[0].default_action).type == "fixed-response"
    error_message = "all else is nothing"
  }

  assert {
    condition     = length(aws_lb_target_group.page) == 0
    error_message = "no page without sign-on"
  }

  assert {
    condition     = one(aws_lb_listener.http[0].default_action[0].redirect).protocol == "HTTPS"
    error_message = "plain HTTP is led on"
  }

  assert {
    condition     = contains(local.secret_names, "SLACK_SIGNING_SECRET") && !contains(local.secret_names, "SLACK_APP_TOKEN")
    error_message = "what is signed is checked"
  }

}

run "everything_at_its_largest" {
  command = apply

  variables {
    bot_image           = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets             = { WHEREIN_API_KEY = "0123456789", WHEREIN_SECRET_KEY = "0123456789", SLACK_CLIENT_SECRET = "0123456789", SLACK_SIGNING_SECRET = "0123456789", TEAMS_APP_PASSWORD = "0123456789" }
    domain              = "wherein.example.com"
    zone_id             = "Z0123456789ABC"
    page_sign_on        = { issuer = "https://id.example.com", authorization_endpoint = "https://id.example.com/a", token_endpoint = "https://id.example.com/t", user_info_endpoint = "https://id.example.com/u", client_id = "wherein" }
    page_client_secret  = "0123456789"
    channels            = ["http", "slack", "teams"]
    public_ask          = true
    nat                 = "each"
    interface_endpoints = true
    reader              = "endpoint"
    endpoint_image      = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-endpoint@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    model_data          = "models/0/model.tar.gz"
    spot                = true
    alarm_emails        = ["a@example.com"]
    budget              = 2000
    github_repository   = "example/wherein"
    teams_app_id        = "00000000-0000-0000-0000-000000000000"
    teams_tenant_id     = "00000000-0000-0000-0000-000000000000"
    slack_many          = true
    slack_client_id     = "1.2"
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    tasks_min           = 100
    tasks_max           = 1000
    endpoint_instance   = "ml.c5.xlarge"
    endpoint_min        = 50
    endpoint_max        = 200
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "each zone has its own way out"
  }

  assert {
    condition     = length(aws_lb_listener_rule.service) == 3
    error_message = "the routes of three channels"
  }

  assert {
    condition     = one(aws_lb_listener_rule.page[0].action[0].authenticate_oidc).on_unauthenticated_request == "authenticate"
    error_message = "the page asks who somebody is"
  }

  assert {
    condition     = aws_appautoscaling_policy.endpoint_cpu[0].target_tracking_scaling_policy_configuration[0].target_value == 240
    error_message = "60 percent of each of four cores"
  }

  assert {
    condition     = aws_sagemaker_model.this[0].enable_network_isolation
    error_message = "our container is cut off"
  }

  assert {
    condition     = length(aws_iam_role.delivery) == 2
    error_message = "one may plan, one may apply"
  }

}

run "another_image_is_not_terraforms_to_bring_to_the_endpoint" {
  command = apply

  variables {
    bot_image         = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    secrets           = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000" }
    reader            = "endpoint"
    endpoint_image    = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-endpoint@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    model_data        = "models/1/model.tar.gz"
    endpoint_instance = "ml.c5.2xlarge"
  }

  assert {
    condition     = strcontains(aws_sagemaker_model.this[0].primary_container[0].model_data_url, "models/0/")
    error_message = "the model that serves is not taken from under the endpoint"
  }

  assert {
    condition     = aws_sagemaker_endpoint_configuration.this[0].production_variants[0].instance_type == "ml.c5.xlarge"
    error_message = "nor is its configuration"
  }

  assert {
    condition     = strcontains(output.deploy, "--instance ml.c5.2xlarge --count 2 --canary 50 --alarm wherein-endpoint-5xx")
    error_message = "model.deploy is told what to bring"
  }
}

run "everything_at_its_smallest" {
  command = apply

  variables {
    bot_image              = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets                = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000", SLACK_SIGNING_SECRET = "00000000" }
    reader                 = "serverless"
    endpoint_image         = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-endpoint@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    model_data             = "models/0/model.tar.gz"
    serverless_memory      = 1024
    serverless_concurrency = 1
    tasks_min              = 1
    tasks_max              = 1
    zones                  = 2
    task_cpu               = 512
    task_memory            = 1024
    waf                    = false
    flow_logs              = false
    protect                = false
    log_days               = 1
  }

  assert {
    condition     = length(aws_appautoscaling_target.endpoint) == 0
    error_message = "a serverless endpoint scales by itself"
  }

  assert {
    condition     = aws_sagemaker_endpoint_configuration.this[0].production_variants[0].serverless_config[0].max_concurrency == 1
    error_message = "one call at once"
  }

  assert {
    condition     = strcontains(output.deploy, "--serverless 1024 --concurrency 1")
    error_message = "model.deploy makes the same"
  }

  assert {
    condition     = !aws_sagemaker_model.this[0].enable_network_isolation
    error_message = "which a serverless one cannot have"
  }

  assert {
    condition     = length(aws_flow_log.this) == 0
    error_message = "no flow logs"
  }

}

run "the_stock_container_with_the_seeds_model" {
  command = apply

  variables {
    bot_image   = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets     = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000", SLACK_SIGNING_SECRET = "00000000" }
    nat         = "one"
    reader      = "endpoint"
    stock_model = "distilbert-base-uncased-distilled-squad"
    stock_image = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/huggingface-pytorch-inference:2.6.0-transformers4.51.3-cpu-py312-ubuntu22.04"
  }

  assert {
    condition     = aws_sagemaker_model.this[0].primary_container[0].environment.HF_TASK == "question-answering"
    error_message = "it answers questions"
  }

  assert {
    condition     = strcontains(local.environment.WHEREIN_MODEL, "dialect=huggingface")
    error_message = "the bot speaks its language"
  }

}

run "a_secret_more_is_kept" {
  command = apply

  variables {
    bot_image    = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/wherein-bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets      = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000", WHEREIN_ADMIN_PASSWORD = "00000000" }
    more_secrets = ["WHEREIN_ADMIN_PASSWORD"]
  }

  assert {
    condition     = length(aws_secretsmanager_secret_version.this) == 3
    error_message = "each of them is written"
  }
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
    budget = 10
  }

  expect_failures = [var.budget]
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

run "an_image_from_elsewhere_is_refused" {
  command = plan

  variables {
    bot_image = "docker.io/somebody/bot@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    secrets   = { SLACK_BOT_TOKEN = "xoxb-0000000", SLACK_APP_TOKEN = "xapp-0000000", SLACK_SIGNING_SECRET = "00000000" }
  }

  expect_failures = [aws_ecs_task_definition.bot]
}
