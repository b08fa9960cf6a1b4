# -----------------------------------------------------------------------------
# What the other files lean on: names, what is on, what is derived
# -----------------------------------------------------------------------------

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

data "aws_availability_zones" "this" {
  state = "available"

  filter { # no local zones
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

# What is allowed and yet seldom meant: a plan says so, and goes on.
check "outlives_a_zone" {
  assert {
    condition     = var.tasks_min >= 2 && (var.reader != "endpoint" || var.endpoint_min >= 2)
    error_message = "tasks_min, endpoint_min: with one of either, a zone that fails, or a new version, is a pause."
  }
}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  zones     = slice(data.aws_availability_zones.this.names, 0, var.zones)

  # The first apply knows no image yet: it makes network, registries, table, buckets, roles and secrets.
  has_bot_image      = var.bot_image != ""
  has_endpoint_image = var.stock_model != "" || (var.endpoint_image != "" && var.model_data != "")

  # A balancer needs a certificate, and so a domain of yours; without one Slack comes by Socket Mode.
  has_domain   = var.domain != "" && var.zone_id != ""
  has_balancer = local.has_domain || var.certificate_arn != ""
  has_slack    = contains(var.channels, "slack")
  has_teams    = contains(var.channels, "teams")
  has_page     = local.has_balancer && var.page_sign_on != null
  has_waf      = local.has_balancer && var.waf

  has_endpoint  = var.reader != "embedded" && local.has_endpoint_image
  is_serverless = var.reader == "serverless"

  # Known before anything is there, so that an image from elsewhere is refused by the plan.
  registry = "${local.account}.dkr.ecr.${var.region}.${data.aws_partition.this.dns_suffix}/${var.name}"

  certificate = local.has_domain ? aws_acm_certificate_validation.this[0].certificate_arn : var.certificate_arn
  public_url  = var.domain != "" ? "https://${var.domain}" : ""

  service_port = 8080
  page_port    = 7860

  # CPUUtilization of an endpoint is the sum over its cores: 60 percent of each of four is 240.
  cores = {
    "large" = 2, "xlarge" = 4, "2xlarge" = 8, "4xlarge" = 16, "8xlarge" = 32, "medium" = 1
  }
  endpoint_cores = lookup(local.cores, split(".", var.endpoint_instance)[2], 2)
}
