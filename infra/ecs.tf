# -----------------------------------------------------------------------------
# The bot: a service on Fargate
# -----------------------------------------------------------------------------

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  depends_on = [aws_cloudwatch_log_group.insights]
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

locals {
  endpoint_url = local.has_endpoint ? join("", [
    "sagemaker://${var.name}?region=${var.region}", var.stock_model != "" ? "&dialect=huggingface" : "",
  ]) : ""

  environment = merge(
    {
      WHEREIN_HOST     = "0.0.0.0"
      WHEREIN_PORT     = tostring(local.service_port)
      WHEREIN_WEB_PORT = local.has_page ? tostring(local.page_port) : "0"
      WHEREIN_CHANNELS = join(",", sort(tolist(var.channels)))
      WHEREIN_STORE    = "dynamodb://${aws_dynamodb_table.this.name}?region=${var.region}"
      # The endpoint first; where it fails or is too slow, the task reads by itself.
      WHEREIN_MODEL    = join(",", compact([local.endpoint_url, "onnx:model/weights"]))
      WHEREIN_TTL_DAYS = tostring(var.ttl_days)
      WHEREIN_LOG      = "info:json"
    },
    local.public_url != "" ? { WHEREIN_PUBLIC_URL = local.public_url } : {},
    local.has_page ? { WHEREIN_SIGN_ON = "alb:${aws_lb.this[0].arn}" } : {},
    length(var.admins) > 0 ? { WHEREIN_ADMINS = join(",", var.admins) } : {},
    var.slack_many ? { SLACK_CLIENT_ID = var.slack_client_id } : {},
    local.has_teams ? { TEAMS_APP_ID = var.teams_app_id, TEAMS_TENANT_ID = var.teams_tenant_id } : {},
    var.settings,
  )
}

resource "aws_ecs_task_definition" "bot" {
  count = local.has_bot_image ? 1 : 0

  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task_cpu
  memory                   = var.task_memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  volume { # files that people put in are read there; everything else is read-only
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = "bot"
    image                  = var.bot_image
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    stopTimeout            = 60 # above the longest answer
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"], add = [] } }
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    portMappings = concat(
      [{ containerPort = local.service_port, protocol = "tcp" }],
      local.has_page ? [{ containerPort = local.page_port, protocol = "tcp" }] : [],
    )
    environment = [for name, value in local.environment : { name = name, value = value }]
    secrets     = [for name, secret in aws_secretsmanager_secret.this : { name = name, valueFrom = secret.arn }]
    healthCheck = {
      command     = ["CMD", "python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
      interval    = 15
      timeout     = 5
      retries     = 3
      startPeriod = 30
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.bot.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "bot"
        mode                  = "non-blocking" # a slow log never keeps an answer waiting
        max-buffer-size       = "4m"
      }
    }
  }])

  lifecycle {
    precondition {
      condition     = startswith(var.bot_image, "${local.registry}-bot@")
      error_message = "bot_image: it is not in this stack's registry; upload_image.sh pushes it there."
    }

    precondition {
      condition     = var.reader == "embedded" || local.has_endpoint_image
      error_message = "endpoint_image: reader is not embedded, so give endpoint_image and model_data (upload_image.sh writes both), or stock_model."
    }
  }

  depends_on = [aws_secretsmanager_secret_version.this]
}

resource "aws_ecs_service" "bot" {
  count = local.has_bot_image ? 1 : 0

  name                               = var.name
  cluster                            = aws_ecs_cluster.this.id
  task_definition                    = aws_ecs_task_definition.bot[0].arn
  desired_count                      = var.tasks_min
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"
  enable_execute_command             = false
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  health_check_grace_period_seconds  = local.has_balancer ? 60 : null

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 2
    weight            = var.spot ? 0 : 1
  }

  dynamic "capacity_provider_strategy" {
    for_each = var.spot ? [1] : []

    content {
      capacity_provider = "FARGATE_SPOT"
      weight            = 1
    }
  }

  network_configuration {
    subnets          = local.task_subnets
    security_groups  = [aws_security_group.task.id]
    assign_public_ip = var.nat == "none"
  }

  dynamic "load_balancer" {
    for_each = merge(
      local.has_balancer ? { service = { arn = aws_lb_target_group.service[0].arn, port = local.service_port } } : {},
      local.has_page ? { page = { arn = aws_lb_target_group.page[0].arn, port = local.page_port } } : {},
    )

    content {
      target_group_arn = load_balancer.value.arn
      container_name   = "bot"
      container_port   = load_balancer.value.port
    }
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "alarms" {
    for_each = local.has_balancer ? [1] : []

    content {
      enable      = true
      rollback    = true
      alarm_names = [aws_cloudwatch_metric_alarm.this["balancer_5xx"].alarm_name]
    }
  }

  lifecycle {
    ignore_changes = [desired_count] # scaling has it
  }

  depends_on = [
    aws_ecs_cluster_capacity_providers.this, aws_iam_role_policy.execution, aws_lb_listener.https,
    aws_vpc_security_group_egress_rule.task,
  ]
}

# ----------------------------------------------------------------------------- how many

resource "aws_appautoscaling_target" "bot" {
  count = local.has_bot_image ? 1 : 0

  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.bot[0].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.tasks_min
  max_capacity       = var.tasks_max
}

resource "aws_appautoscaling_policy" "bot_cpu" {
  count = local.has_bot_image ? 1 : 0

  name               = "${var.name}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.bot[0].service_namespace
  resource_id        = aws_appautoscaling_target.bot[0].resource_id
  scalable_dimension = aws_appautoscaling_target.bot[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.tasks_cpu
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_appautoscaling_policy" "bot_requests" {
  count = local.has_bot_image && local.has_balancer ? 1 : 0

  name               = "${var.name}-requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.bot[0].service_namespace
  resource_id        = aws_appautoscaling_target.bot[0].resource_id
  scalable_dimension = aws_appautoscaling_target.bot[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.tasks_requests * var.task_cpu / 1024
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "${aws_lb.this[0].arn_suffix}/${aws_lb_target_group.service[0].arn_suffix}"
    }
  }
}
