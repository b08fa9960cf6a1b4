# -----------------------------------------------------------------------------
# The reader's endpoint on SageMaker: instances that scale, or serverless
# -----------------------------------------------------------------------------

# The first model and its configuration. Whatever comes later is `model.deploy`'s, by canary and with a way back: were
# these replaced here, the endpoint would be left with a configuration and a model that are gone. They are made anew,
# and the endpoint with them, where it becomes another kind of endpoint.
locals {
  # Neither can be changed, only replaced: each is named after what it holds.
  endpoint_model = sha256(jsonencode([
    var.endpoint_image, var.model_data, var.stock_model, var.stock_image, local.is_serverless, var.zones,
  ]))
  endpoint_hosting = sha256(jsonencode([
    local.endpoint_model, var.kms_key_arn, local.is_serverless ? [var.serverless_memory, var.serverless_concurrency] : [var.endpoint_instance, var.endpoint_min],
  ]))
}

resource "terraform_data" "kind" {
  input = [local.is_serverless, var.stock_model != ""]
}

resource "aws_sagemaker_model" "this" {
  count = local.has_endpoint ? 1 : 0

  name                     = "${var.name}-${substr(local.endpoint_model, 0, 12)}"
  execution_role_arn       = aws_iam_role.endpoint.arn
  enable_network_isolation = var.stock_model == "" && !local.is_serverless

  primary_container {
    image          = var.stock_model != "" ? var.stock_image : var.endpoint_image
    model_data_url = var.stock_model != "" ? null : "s3://${aws_s3_bucket.models.id}/${var.model_data}"
    environment    = var.stock_model != "" ? { HF_MODEL_ID = var.stock_model, HF_TASK = "question-answering" } : {}
  }

  dynamic "vpc_config" { # a serverless endpoint stands in no network of ours
    for_each = local.is_serverless ? [] : [1]

    content {
      subnets            = aws_subnet.private[*].id
      security_group_ids = [aws_security_group.endpoint[0].id]
    }
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = all
    replace_triggered_by  = [terraform_data.kind]

    precondition {
      condition     = var.stock_model != "" || startswith(var.endpoint_image, "${local.registry}-endpoint@")
      error_message = "endpoint_image: it is not in this stack's registry; upload_image.sh pushes it there."
    }
  }

  depends_on = [aws_iam_role_policy.endpoint, aws_vpc_security_group_egress_rule.endpoint]
}

resource "aws_sagemaker_endpoint_configuration" "this" {
  count = local.has_endpoint ? 1 : 0

  name        = "${var.name}-${substr(local.endpoint_hosting, 0, 12)}"
  kms_key_arn = !local.is_serverless && var.kms_key_arn != "" ? var.kms_key_arn : null

  # No data capture: what is asked, and of what, is personal.
  production_variants {
    variant_name           = "AllTraffic" # `model.deploy` goes from a variant to one of the same name
    model_name             = aws_sagemaker_model.this[0].name
    initial_variant_weight = 1
    instance_type          = local.is_serverless ? null : var.endpoint_instance
    initial_instance_count = local.is_serverless ? null : var.endpoint_min

    dynamic "serverless_config" {
      for_each = local.is_serverless ? [1] : []

      content {
        memory_size_in_mb = var.serverless_memory
        max_concurrency   = var.serverless_concurrency
      }
    }

    dynamic "routing_config" {
      for_each = local.is_serverless ? [] : [1]

      content {
        routing_strategy = "LEAST_OUTSTANDING_REQUESTS"
      }
    }
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = all
    replace_triggered_by  = [terraform_data.kind]
  }
}

resource "aws_sagemaker_endpoint" "this" {
  count = local.has_endpoint ? 1 : 0

  name                 = var.name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.this[0].name

  dynamic "deployment_config" { # a serverless endpoint goes over at once
    for_each = local.is_serverless ? [] : [1]

    content {
      blue_green_update_policy {
        termination_wait_in_seconds          = 120
        maximum_execution_timeout_in_seconds = 3600

        traffic_routing_configuration {
          type                     = var.endpoint_min > 1 ? "CANARY" : "ALL_AT_ONCE"
          wait_interval_in_seconds = 300

          dynamic "canary_size" {
            for_each = var.endpoint_min > 1 ? [1] : []

            content {
              type  = "CAPACITY_PERCENT"
              value = 50
            }
          }
        }
      }

      auto_rollback_configuration {
        dynamic "alarms" {
          for_each = ["endpoint_5xx", "endpoint_latency"]

          content {
            alarm_name = aws_cloudwatch_metric_alarm.this[alarms.value].alarm_name
          }
        }
      }
    }
  }

  lifecycle {
    # Which model answers, and how it came there, is `model.deploy`'s from then on: a deployment that was watched
    # otherwise than is said above would have the endpoint made anew.
    ignore_changes       = [endpoint_config_name, deployment_config]
    replace_triggered_by = [terraform_data.kind]
  }

  depends_on = [aws_cloudwatch_log_group.endpoint]
}

# ----------------------------------------------------------------------------- how many

resource "aws_appautoscaling_target" "endpoint" {
  count = local.has_endpoint && !local.is_serverless ? 1 : 0

  service_namespace  = "sagemaker"
  resource_id        = "endpoint/${aws_sagemaker_endpoint.this[0].name}/variant/AllTraffic"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  min_capacity       = var.endpoint_min
  max_capacity       = var.endpoint_max
}

# Seen every ten seconds, so that it is there before the queue is. With both, the larger number wins.
resource "aws_appautoscaling_policy" "endpoint_concurrency" {
  count = local.has_endpoint && !local.is_serverless && var.endpoint_scaling != "cpu" ? 1 : 0

  name               = "${var.name}-endpoint-concurrency"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.endpoint[0].service_namespace
  resource_id        = aws_appautoscaling_target.endpoint[0].resource_id
  scalable_dimension = aws_appautoscaling_target.endpoint[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.endpoint_concurrency
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    }
  }
}

resource "aws_appautoscaling_policy" "endpoint_cpu" {
  count = local.has_endpoint && !local.is_serverless && var.endpoint_scaling != "concurrency" ? 1 : 0

  name               = "${var.name}-endpoint-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.endpoint[0].service_namespace
  resource_id        = aws_appautoscaling_target.endpoint[0].resource_id
  scalable_dimension = aws_appautoscaling_target.endpoint[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.endpoint_cpu * local.endpoint_cores # the metric is the sum over the cores
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    customized_metric_specification {
      namespace   = "/aws/sagemaker/Endpoints"
      metric_name = "CPUUtilization"
      statistic   = "Average"
      unit        = "Percent"

      dimensions {
        name  = "EndpointName"
        value = aws_sagemaker_endpoint.this[0].name
      }

      dimensions {
        name  = "VariantName"
        value = "AllTraffic"
      }
    }
  }
}
