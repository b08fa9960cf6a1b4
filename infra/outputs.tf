# -----------------------------------------------------------------------------
# What the next step needs to know
# -----------------------------------------------------------------------------

output "url" {
  description = "Where chats and people reach Wherein; empty: only by Slack's Socket Mode."
  value       = local.public_url
}

output "balancer" {
  description = "The balancer's own name: point the domain there, if its zone is not in Route 53."
  value       = local.has_balancer ? aws_lb.this[0].dns_name : ""
}

output "repositories" {
  description = "Where the images go."
  value       = { for name, repository in aws_ecr_repository.this : name => repository.repository_url }
}

output "models_bucket" {
  description = "Where model.tar.gz goes."
  value       = aws_s3_bucket.models.id
}

output "endpoint_role" {
  description = "The role for `python -m model.deploy`."
  value       = aws_iam_role.endpoint.arn
}

# What is named here is what Terraform gave the endpoint first, so that both make the same.
output "deploy" {
  description = "What `python -m model.deploy` is told beside `--image`, to bring another model to the endpoint."
  value = var.reader == "embedded" ? "" : join(" ", concat(
    ["--endpoint", var.name, "--region", var.region, "--role", aws_iam_role.endpoint.arn],
    var.stock_model != "" ? ["--stock", var.stock_model, "--image", var.stock_image] : ["--bucket", aws_s3_bucket.models.id],
    local.is_serverless ? ["--serverless", var.serverless_memory, "--concurrency", var.serverless_concurrency] : concat(
      ["--instance", var.endpoint_instance, "--count", var.endpoint_min],
      var.endpoint_min > 1 ? ["--canary", 50] : [],
      local.has_endpoint ? flatten([
        [for name in ["endpoint_5xx", "endpoint_latency"] : ["--alarm", aws_cloudwatch_metric_alarm.this[name].alarm_name]],
        [for subnet in aws_subnet.private : ["--subnet", subnet.id]],
        ["--security-group", aws_security_group.endpoint[0].id],
      ]) : [],
      var.kms_key_arn != "" ? ["--kms-key", var.kms_key_arn] : [],
    ),
  ))
}

output "deploy_policy" {
  description = "What whoever runs `python -m model.deploy` must be allowed: a policy to attach."
  value       = aws_iam_policy.deploy.arn
}

output "endpoint" {
  description = "The endpoint's name; empty: the tasks read by themselves."
  value       = local.has_endpoint ? aws_sagemaker_endpoint.this[0].name : ""
}

output "reader" {
  description = "Where reading is done; upload_image.sh asks."
  value       = var.reader
}

output "images" {
  description = "What runs, as variables: a plan elsewhere is given them, or it would take everything away."
  value = { for name, value in {
    bot_image = var.bot_image, endpoint_image = var.endpoint_image, model_data = var.model_data,
  } : name => value if value != "" }
}

output "architecture" {
  description = "The tasks' processor; upload_image.sh builds for it."
  value       = var.architecture
}

output "endpoint_architecture" {
  description = "The processor of the endpoint's instances (Graviton's types have a g); upload_image.sh builds for it."
  value       = !local.is_serverless && can(regex("^ml\\.[a-z]+[0-9]+g", var.endpoint_instance)) ? "ARM64" : "X86_64"
}

output "table" {
  description = "The table that everything is kept in."
  value       = aws_dynamodb_table.this.name
}

output "log_group" {
  description = "Where the bot's logs are."
  value       = aws_cloudwatch_log_group.bot.name
}

output "settings" {
  description = "What the bot's tasks are started with, secrets apart."
  value       = local.environment
}

output "secrets_needed" {
  description = "What var.secrets must hold."
  value       = sort(tolist(local.secret_names))
}

output "dashboard" {
  description = "The dashboard's address in the console."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${var.name}"
}

output "alarms" {
  description = "The topic that alarms and costs are told to: subscribe a chat or a pager there."
  value       = aws_sns_topic.alarms.arn
}
