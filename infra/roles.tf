# -----------------------------------------------------------------------------
# Roles: each may do what it does, and nothing else. tests/test_roles.py compares them with the calls that are made;
# what none of ours makes has its reason beside it.
# -----------------------------------------------------------------------------

data "aws_iam_policy_document" "tasks_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition { # no other account's task may borrow it
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# ----------------------------------------------------------------------------- what starts a task

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  description        = "Starts the tasks of ${var.name}: image, secrets, logs"
  assume_role_policy = data.aws_iam_policy_document.tasks_assume.json
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "Login"
    actions   = ["ecr:GetAuthorizationToken"] # Fargate, before it pulls
    resources = ["*"]                         # it has no resource
  }

  statement {
    sid = "Image"
    actions = [ # Fargate pulls
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
    ]
    resources = [aws_ecr_repository.this["bot"].arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"] # the awslogs driver writes
    resources = ["${aws_cloudwatch_log_group.bot.arn}:*"]
  }

  dynamic "statement" {
    for_each = length(local.secret_names) > 0 ? [1] : []

    content {
      sid       = "Secrets"
      actions   = ["secretsmanager:GetSecretValue"] # Fargate hands them to the task
      resources = [for secret in aws_secretsmanager_secret.this : secret.arn]
    }
  }

  dynamic "statement" {
    for_each = var.kms_key_arn != "" ? [1] : []

    content {
      sid       = "Key"
      actions   = ["kms:Decrypt"] # of secrets and of the image
      resources = [var.kms_key_arn]
    }
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "start"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# ----------------------------------------------------------------------------- what a task may do

resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  description        = "The bot of ${var.name}: its table, its endpoint"
  assume_role_policy = data.aws_iam_policy_document.tasks_assume.json
}

data "aws_iam_policy_document" "task" {
  statement {
    sid = "Table"
    actions = [
      "dynamodb:BatchWriteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [aws_dynamodb_table.this.arn, "${aws_dynamodb_table.this.arn}/index/open_work"]
  }

  dynamic "statement" {
    for_each = local.has_endpoint ? [1] : []

    content {
      sid       = "Endpoint"
      actions   = ["sagemaker:InvokeEndpoint"]
      resources = [aws_sagemaker_endpoint.this[0].arn]
    }
  }

  dynamic "statement" {
    for_each = var.kms_key_arn != "" ? [1] : []

    content {
      sid       = "Key"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"] # DynamoDB asks in the task's name
      resources = [var.kms_key_arn]
    }
  }
}

resource "aws_iam_role_policy" "task" {
  name   = "work"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}

# ----------------------------------------------------------------------------- what starts the endpoint

data "aws_iam_policy_document" "sagemaker_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# Made with the first apply: `model.deploy` needs its ARN.
resource "aws_iam_role" "endpoint" {
  name               = "${var.name}-endpoint"
  description        = "Starts the endpoint of ${var.name}: image, weights, logs"
  assume_role_policy = data.aws_iam_policy_document.sagemaker_assume.json
}

data "aws_iam_policy_document" "endpoint" {
  statement {
    sid       = "Weights"
    actions   = ["s3:GetObject"] # SageMaker fetches model.tar.gz
    resources = ["${aws_s3_bucket.models.arn}/models/*"]
  }

  statement {
    sid       = "FindWeights"
    actions   = ["s3:ListBucket"] # and lists it first
    resources = [aws_s3_bucket.models.arn]
  }

  statement {
    sid       = "Login"
    actions   = ["ecr:GetAuthorizationToken"] # SageMaker, before it pulls
    resources = ["*"]                         # it has no resource
  }

  statement {
    sid = "Image"
    actions = [ # SageMaker pulls
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
    ]
    resources = var.stock_model != "" ? [
      # the stock container lies in an account of AWS's own
      "arn:${local.partition}:ecr:${var.region}:${try(split(".", var.stock_image)[0], "*")}:repository/huggingface-pytorch-inference",
    ] : [aws_ecr_repository.this["endpoint"].arn]
  }

  statement {
    sid = "Logs"
    actions = [ # SageMaker writes what the container says, to a group of its own
      "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents",
    ]
    resources = ["arn:${local.partition}:logs:${var.region}:${local.account}:log-group:/aws/sagemaker/Endpoints/${var.name}*"]
  }

  statement {
    sid       = "Figures"
    actions   = ["cloudwatch:PutMetricData"] # SageMaker counts
    resources = ["*"]                        # it has no resource

    condition {
      test     = "StringLike"
      variable = "cloudwatch:namespace"
      values   = ["/aws/sagemaker/*", "AWS/SageMaker"]
    }
  }

  statement {
    sid       = "Guard"
    actions   = ["cloudwatch:DescribeAlarms"] # SageMaker watches an update by them, and takes it back
    resources = ["arn:${local.partition}:cloudwatch:${var.region}:${local.account}:alarm:${var.name}-endpoint-*"]
  }

  statement {
    sid = "Network"
    actions = [ # SageMaker puts its instances into the private subnets; these calls have no resource
      "ec2:CreateNetworkInterface",
      "ec2:CreateNetworkInterfacePermission",
      "ec2:DeleteNetworkInterface",
      "ec2:DeleteNetworkInterfacePermission",
      "ec2:DescribeDhcpOptions",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ec2:DescribeVpcs",
    ]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn != "" ? [1] : []

    content {
      sid       = "Key"
      actions   = ["kms:CreateGrant", "kms:Decrypt"] # of weights and disks
      resources = [var.kms_key_arn]
    }
  }
}

resource "aws_iam_role_policy" "endpoint" {
  name   = "start"
  role   = aws_iam_role.endpoint.id
  policy = data.aws_iam_policy_document.endpoint.json
}

# ----------------------------------------------------------------------------- what `model.deploy` may do

# For a person or a workflow that brings models to the endpoint and does nothing else: attach it to theirs.
data "aws_iam_policy_document" "deploy" {
  statement {
    sid = "Weights"
    actions = [
      "s3:GetObject",
      "s3:PutObject",
    ]
    resources = ["${aws_s3_bucket.models.arn}/models/*"]
  }

  statement {
    sid       = "FindWeights"
    actions   = ["s3:ListBucket"] # or what is missing looks forbidden
    resources = [aws_s3_bucket.models.arn]
  }

  statement {
    sid = "Endpoint"
    actions = [
      "sagemaker:CreateEndpoint",
      "sagemaker:CreateEndpointConfig",
      "sagemaker:CreateModel",
      "sagemaker:DescribeEndpoint",
      "sagemaker:DescribeEndpointConfig",
      "sagemaker:DescribeModel",
      "sagemaker:UpdateEndpoint",
    ]
    resources = [
      for kind in ["endpoint/${var.name}", "endpoint-config/${var.name}-*", "model/${var.name}-*"] :
      "arn:${local.partition}:sagemaker:${var.region}:${local.account}:${kind}"
    ]
  }

  statement {
    sid = "Scaling"
    actions = [
      "application-autoscaling:DescribeScalableTargets",
      "application-autoscaling:DescribeScalingPolicies",
    ]
    resources = ["*"] # they have no resource
  }

  statement {
    sid       = "HandRole"
    actions   = ["iam:PassRole"] # CreateModel hands the endpoint's role on
    resources = [aws_iam_role.endpoint.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }

  dynamic "statement" {
    for_each = var.kms_key_arn != "" ? [1] : []

    content {
      sid       = "Key"
      actions   = ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey"] # of weights and disks, in the caller's name
      resources = [var.kms_key_arn]
    }
  }
}

resource "aws_iam_policy" "deploy" {
  name        = "${var.name}-deploy"
  description = "Brings models to the endpoint of ${var.name}"
  policy      = data.aws_iam_policy_document.deploy.json
}

# ----------------------------------------------------------------------------- flow logs

data "aws_iam_policy_document" "flow_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "flow" {
  count = var.flow_logs ? 1 : 0

  name               = "${var.name}-flow"
  description        = "Writes the flow logs of ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.flow_assume.json
}

resource "aws_iam_role_policy" "flow" {
  count = var.flow_logs ? 1 : 0

  name = "write"
  role = aws_iam_role.flow[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"] # VPC writes
      Resource = "${aws_cloudwatch_log_group.flow[0].arn}:*"
    }]
  })
}
