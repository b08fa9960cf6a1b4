# -----------------------------------------------------------------------------
# What is kept: the table, the models' bucket, the balancer's logs, the images, the secrets
# -----------------------------------------------------------------------------

# bot/stores/dynamodb.py says its shape; a test holds this to it.
resource "aws_dynamodb_table" "this" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.protect

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "queue"
    type = "S"
  }

  attribute {
    name = "due"
    type = "N"
  }

  global_secondary_index {
    name               = "open_work"
    hash_key           = "queue"
    range_key          = "due"
    projection_type    = "INCLUDE"
    non_key_attributes = ["expires_at"]

    on_demand_throughput {
      max_read_request_units  = var.table_most_reads
      max_write_request_units = var.table_most_writes
    }
  }

  on_demand_throughput {
    max_read_request_units  = var.table_most_reads
    max_write_request_units = var.table_most_writes
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn != "" ? var.kms_key_arn : null
  }
}

# ----------------------------------------------------------------------------- models

resource "aws_s3_bucket" "models" {
  bucket        = "${var.name}-models-${local.account}-${var.region}"
  force_destroy = !var.protect
}

resource "aws_s3_bucket_versioning" "models" {
  bucket = aws_s3_bucket.models.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "models" {
  bucket = aws_s3_bucket.models.id

  rule {
    id     = "old"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 3
    }
  }
}

# ----------------------------------------------------------------------------- the balancer's logs

resource "aws_s3_bucket" "access" {
  count = local.has_balancer ? 1 : 0

  bucket        = "${var.name}-access-${local.account}-${var.region}"
  force_destroy = !var.protect
}

resource "aws_s3_bucket_lifecycle_configuration" "access" {
  count = local.has_balancer ? 1 : 0

  bucket = aws_s3_bucket.access[0].id

  rule {
    id     = "old"
    status = "Enabled"

    filter {}

    expiration {
      days = var.log_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 3
    }
  }
}

locals {
  buckets = merge(
    { models = aws_s3_bucket.models },
    local.has_balancer ? { access = aws_s3_bucket.access[0] } : {},
  )
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = each.value.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      # The balancer can write its logs with S3's own key alone.
      sse_algorithm     = var.kms_key_arn != "" && each.key == "models" ? "aws:kms" : "AES256"
      kms_master_key_id = var.kms_key_arn != "" && each.key == "models" ? var.kms_key_arn : null
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets

  statement {
    sid       = "OnlyByTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value.arn, "${each.value.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "access" ? [1] : []

    content {
      sid       = "BalancerWritesLogs"
      actions   = ["s3:PutObject"]
      resources = ["${each.value.arn}/balancer/AWSLogs/${local.account}/*"]

      principals {
        type        = "Service"
        identifiers = ["logdelivery.elasticloadbalancing.amazonaws.com"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "models" {
  bucket = aws_s3_bucket.models.id
  policy = data.aws_iam_policy_document.bucket["models"].json
}

resource "aws_s3_bucket_policy" "access" {
  count = local.has_balancer ? 1 : 0

  bucket = aws_s3_bucket.access[0].id
  policy = data.aws_iam_policy_document.bucket["access"].json
}

# ----------------------------------------------------------------------------- images

resource "aws_ecr_repository" "this" {
  for_each = toset(["bot", "endpoint"])

  name                 = "${var.name}-${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !var.protect

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = var.kms_key_arn != "" ? "KMS" : "AES256"
    kms_key         = var.kms_key_arn != "" ? var.kms_key_arn : null
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = aws_ecr_repository.this

  repository = each.value.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "The last twenty, to go back to"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 20 }
      action       = { type = "expire" }
    }]
  })
}

# ----------------------------------------------------------------------------- secrets

locals {
  # What the chosen ways in cannot do without.
  secret_names = toset(concat(
    contains(var.channels, "http") ? ["WHEREIN_API_KEY"] : [],
    local.has_slack && var.slack_many ? ["SLACK_CLIENT_SECRET", "WHEREIN_SECRET_KEY"] : [],
    local.has_slack && !var.slack_many ? ["SLACK_BOT_TOKEN"] : [],
    local.has_slack && local.has_balancer ? ["SLACK_SIGNING_SECRET"] : [],
    local.has_slack && !local.has_balancer ? ["SLACK_APP_TOKEN"] : [],
    local.has_teams ? ["TEAMS_APP_PASSWORD"] : [],
    tolist(var.more_secrets),
  ))

  known_secrets = setunion(local.secret_names, [
    "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "TEAMS_APP_PASSWORD", "WHEREIN_API_KEY",
    "WHEREIN_SECRET_KEY",
  ])
}

resource "aws_secretsmanager_secret" "this" {
  for_each = local.secret_names

  name                    = "${var.name}/${each.key}"
  description             = "${each.key} of ${var.name}"
  kms_key_id              = var.kms_key_arn != "" ? var.kms_key_arn : null
  recovery_window_in_days = var.protect ? 30 : 0
}

# Written with the first image: until then nothing reads them.
resource "aws_secretsmanager_secret_version" "this" {
  for_each = local.has_bot_image ? local.secret_names : toset([])

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = var.secrets[each.key]
  secret_string_wo_version = var.secrets_version
}
