mock_provider "aws" {
  source = "./tests"
}

variables {
  region       = "eu-west-1"
  alarm_emails = ["somebody@example.com"]
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

  assert {
    condition     = one(aws_budgets_budget.this[0].cost_filter).values[0] == "user:Application$wherein"
    error_message = "what is counted is what is tagged"
  }

  assert {
    condition     = aws_appautoscaling_policy.bot_requests[0].target_tracking_scaling_policy_configuration[0].target_value == 6000
    error_message = "what one core takes"
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 5
    error_message = "the reader's endpoint is called within AWS's network"
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
    condition     = output.endpoint_architecture == "X86_64"
    error_message = "no Graviton for serverless ones"
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

  assert {
    condition     = length(aws_wafv2_web_acl_logging_configuration.this) == 0
    error_message = "no firewall, no log of it"
  }

  expect_failures = [check.outlives_a_zone] # a plan says so, and goes on

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

run "nobody_to_tell_is_said" {
  command = plan

  variables {
    alarm_emails = []
  }

  expect_failures = [check.somebody_is_told]
}
