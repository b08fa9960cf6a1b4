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

output "endpoint" {
  description = "The endpoint's name; empty: the tasks read by themselves."
  value       = local.has_endpoint ? aws_sagemaker_endpoint.this[0].name : ""
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
