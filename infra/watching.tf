# -----------------------------------------------------------------------------
# Logs, what is counted of them, alarms, dashboard, budget
# -----------------------------------------------------------------------------

resource "aws_cloudwatch_log_group" "bot" {
  name              = "/${var.name}/bot"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn != "" ? var.kms_key_arn : null
}

resource "aws_cloudwatch_log_group" "flow" {
  count = var.flow_logs ? 1 : 0

  name              = "/${var.name}/flow"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn != "" ? var.kms_key_arn : null
}

# These two AWS would make by itself, and keep what is in them for ever.
resource "aws_cloudwatch_log_group" "insights" {
  name              = "/aws/ecs/containerinsights/${var.name}/performance"
  retention_in_days = min(var.log_days, 7) # the figures themselves are kept as metrics
  kms_key_id        = var.kms_key_arn != "" ? var.kms_key_arn : null
}

resource "aws_cloudwatch_log_group" "endpoint" {
  count = local.has_endpoint ? 1 : 0

  name              = "/aws/sagemaker/Endpoints/${var.name}"
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn != "" ? var.kms_key_arn : null
}

resource "aws_cloudwatch_log_group" "waf" {
  count = local.has_waf ? 1 : 0

  name              = "aws-waf-logs-${var.name}" # it must begin so
  retention_in_days = var.log_days
  kms_key_id        = var.kms_key_arn != "" ? var.kms_key_arn : null
}

# The bot logs ids and outcomes, never words: what is counted here is counted of those.
resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = {
    questions  = "{ $.event = \"question ended\" && $.intent = \"ask\" }"
    unanswered = "{ $.event = \"question ended\" && $.intent = \"ask\" && $.outcome = \"unsure\" }"
    failed     = "{ $.event = \"question ended\" && $.intent = \"ask\" && $.outcome = \"error\" }"
    late       = "{ $.event = \"acknowledged late\" }"
    given_up   = "{ $.event = \"given up\" || $.event = \"cannot be delivered\" }"
  }

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.bot.name
  pattern        = each.value

  metric_transformation {
    namespace     = "Wherein/${var.name}"
    name          = each.key
    value         = "1"
    default_value = "0"
    unit          = "Count"
  }
}

# ----------------------------------------------------------------------------- who is told

# CloudWatch cannot use AWS's own key for topics, so that an alarm would be lost with it: your key, or none.
# What is sent are names of alarms and their figures. The policy of a key of yours must let cloudwatch.amazonaws.com.
resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn != "" ? var.kms_key_arn : null
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "Tell"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

check "somebody_is_told" {
  assert {
    condition     = length(var.alarm_emails) > 0
    error_message = "alarm_emails: nobody is told when an alarm rings."
  }
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = var.alarm_emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

# ----------------------------------------------------------------------------- alarms

locals {
  balancer_suffix = local.has_balancer ? aws_lb.this[0].arn_suffix : ""
  service_suffix  = local.has_balancer ? aws_lb_target_group.service[0].arn_suffix : ""

  # missing: what no data means. Where nobody asks, nothing is measured, and that is well.
  alarms = merge(
    local.has_balancer ? {
      balancer_5xx = {
        about      = "More than 5 errors of tasks in a minute, three minutes of five", metric = "HTTPCode_Target_5XX_Count"
        space      = "AWS/ApplicationELB", statistic = "Sum", over = 5, of = 3, periods = 5, period = 60, missing = "notBreaching"
        dimensions = { LoadBalancer = local.balancer_suffix }
      }
      balancer_refuses = {
        about      = "The balancer itself answers with errors: no task takes what it brings", metric = "HTTPCode_ELB_5XX_Count"
        space      = "AWS/ApplicationELB", statistic = "Sum", over = 5, of = 3, periods = 5, period = 60, missing = "notBreaching"
        dimensions = { LoadBalancer = local.balancer_suffix }
      }
      balancer_slow = {
        about      = "Acknowledgements take over 2 s (p95): Slack asks again after 3", metric = "TargetResponseTime"
        space      = "AWS/ApplicationELB", statistic = "p95", over = 2, of = 3, periods = 5, period = 60, missing = "notBreaching"
        dimensions = { LoadBalancer = local.balancer_suffix, TargetGroup = local.service_suffix }
      }
      unhealthy = {
        about      = "A task is not healthy", metric = "UnHealthyHostCount"
        space      = "AWS/ApplicationELB", statistic = "Maximum", over = 0, of = 5, periods = 5, period = 60, missing = "notBreaching"
        dimensions = { LoadBalancer = local.balancer_suffix, TargetGroup = local.service_suffix }
      }
    } : {},
    local.has_waf ? {
      firewall_rate = {
        about      = "The firewall refuses an address that asks too often: if that is a chat's, raise requests_per_address", metric = "BlockedRequests"
        space      = "AWS/WAFV2", statistic = "Sum", over = 0, of = 2, periods = 5, period = 60, missing = "notBreaching"
        dimensions = { WebACL = var.name, Rule = "${var.name}-rate", Region = var.region }
      }
    } : {},
    local.has_bot_image ? {
      memory = {
        about      = "Tasks use over 85 percent of their memory", metric = "MemoryUtilization"
        space      = "AWS/ECS", statistic = "Maximum", over = 85, of = 3, periods = 5, period = 60, missing = "notBreaching"
        dimensions = { ClusterName = var.name, ServiceName = var.name }
      }
    } : {},
    local.has_endpoint ? {
      endpoint_5xx = {
        about      = "The endpoint fails: tasks read by themselves meanwhile", metric = "Invocation5XXErrors"
        space      = "AWS/SageMaker", statistic = "Sum", over = 5, of = 2, periods = 3, period = 60, missing = "notBreaching"
        dimensions = { EndpointName = var.name, VariantName = "AllTraffic" }
      }
      endpoint_latency = {
        about      = "Reading takes over 2 s (p95; the metric is in microseconds)", metric = "ModelLatency"
        space      = "AWS/SageMaker", statistic = "p95", over = 2000000, of = 3, periods = 5, period = 60, missing = "notBreaching"
        dimensions = { EndpointName = var.name, VariantName = "AllTraffic" }
      }
    } : {},
    local.has_endpoint && !local.is_serverless ? {
      endpoint_cpu = {
        about  = "All instances that scaling may have are busy: raise endpoint_max", metric = "CPUUtilization"
        space  = "/aws/sagemaker/Endpoints", statistic = "Average", over = 90 * local.endpoint_cores, of = 10, periods = 10
        period = 60, missing = "notBreaching", dimensions = { EndpointName = var.name, VariantName = "AllTraffic" }
      }
    } : {},
    {
      reads_throttled = {
        about      = "The table refuses reads: raise table_most_reads", metric = "ReadThrottleEvents"
        space      = "AWS/DynamoDB", statistic = "Sum", over = 0, of = 3, periods = 5, period = 60, missing = "notBreaching"
        dimensions = { TableName = var.name }
      }
      writes_throttled = {
        about      = "The table refuses writes: raise table_most_writes", metric = "WriteThrottleEvents"
        space      = "AWS/DynamoDB", statistic = "Sum", over = 0, of = 3, periods = 5, period = 60, missing = "notBreaching"
        dimensions = { TableName = var.name }
      }
      late = {
        about      = "Chats were acknowledged later than they wait", metric = "late"
        space      = "Wherein/${var.name}", statistic = "Sum", over = 0, of = 2, periods = 5, period = 60, missing = "notBreaching"
        dimensions = {}
      }
      given_up = {
        about      = "A question got no answer that its chat took", metric = "given_up"
        space      = "Wherein/${var.name}", statistic = "Sum", over = 0, of = 1, periods = 1, period = 300, missing = "notBreaching"
        dimensions = {}
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${replace(each.key, "_", "-")}"
  alarm_description   = each.value.about
  namespace           = each.value.space
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.over
  datapoints_to_alarm = each.value.of
  evaluation_periods  = each.value.periods
  period              = each.value.period
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# Container insights count the tasks; where they count none at all, that is the worst news.
resource "aws_cloudwatch_metric_alarm" "tasks" {
  count = local.has_bot_image ? 1 : 0

  alarm_name          = "${var.name}-tasks"
  alarm_description   = "Fewer tasks run than the fewest that are wanted"
  namespace           = "ECS/ContainerInsights"
  metric_name         = "RunningTaskCount"
  dimensions          = { ClusterName = aws_ecs_cluster.this.name, ServiceName = aws_ecs_service.bot[0].name }
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = var.tasks_min
  datapoints_to_alarm = 5
  evaluation_periods  = 5
  period              = 60
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# Half of the questions of a day without an answer: something is missing there, or the reader reads badly.
resource "aws_cloudwatch_metric_alarm" "unanswered" {
  alarm_name          = "${var.name}-unanswered"
  alarm_description   = "Over half of the questions of six hours got no answer"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 50
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "share"
    expression  = "IF(questions >= 20, 100 * unanswered / questions, 0)"
    label       = "percent without an answer"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = ["questions", "unanswered"]

    content {
      id = metric_query.value

      metric {
        namespace   = "Wherein/${var.name}"
        metric_name = metric_query.value
        stat        = "Sum"
        period      = 21600
      }
    }
  }
}

# ----------------------------------------------------------------------------- dashboard

locals {
  charts = concat(
    [
      { title = "Questions", metrics = [
        for name in ["questions", "unanswered", "failed"] : ["Wherein/${var.name}", name, { stat = "Sum" }]
      ] },
      { title = "Late acknowledgements, and what could not be delivered", metrics = [
        for name in ["late", "given_up"] : ["Wherein/${var.name}", name, { stat = "Sum" }]
      ] },
      { title = "Tasks: processor and memory, percent", metrics = [
        for name in ["CPUUtilization", "MemoryUtilization"] : ["AWS/ECS", name, "ClusterName", var.name, "ServiceName", var.name, { stat = "Average" }]
      ] },
      { title = "Tasks", metrics = [
        for name in ["RunningTaskCount", "PendingTaskCount"] : ["ECS/ContainerInsights", name, "ClusterName", var.name, "ServiceName", var.name, { stat = "Average" }]
      ] },
      { title = "Table: units", metrics = [
        for name in ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"] : ["AWS/DynamoDB", name, "TableName", var.name, { stat = "Sum" }]
      ] },
    ],
    [for one in local.has_balancer ? [1] : [] :
      { title = "Acknowledgement, seconds", metrics = [
        for stat in ["p50", "p95", "p99"] : ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", local.balancer_suffix, { stat = stat }]
      ] }
    ],
    [for one in local.has_endpoint ? [1] : [] :
      { title = "Reading at the endpoint, microseconds", metrics = [
        for stat in ["p50", "p95"] : ["AWS/SageMaker", "ModelLatency", "EndpointName", var.name, "VariantName", "AllTraffic", { stat = stat }]
      ] }
    ],
    [for one in local.has_waf ? [1] : [] :
      { title = "Refused by the firewall", metrics = [
        for rule in ["ALL", "${var.name}-rate", "${var.name}-known-bad-inputs", "${var.name}-common"] :
        ["AWS/WAFV2", "BlockedRequests", "WebACL", var.name, "Rule", rule, "Region", var.region, { stat = "Sum" }]
      ] }
    ],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [for place, chart in local.charts : {
      type   = "metric"
      x      = 12 * (place % 2)
      y      = 6 * floor(place / 2)
      width  = 12
      height = 6
      properties = {
        title   = chart.title
        region  = var.region
        period  = 300
        view    = "timeSeries"
        metrics = chart.metrics
      }
    }]
  })
}

# ----------------------------------------------------------------------------- budget

resource "aws_budgets_budget" "this" {
  count = var.budget > 0 ? 1 : 0

  name         = var.name
  budget_type  = "COST"
  limit_amount = tostring(var.budget)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:Application$%s", var.name)] # the tag must be active for costs: docs/aws.md
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    notification_type         = "FORECASTED"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }

  depends_on = [aws_sns_topic_policy.alarms]
}
