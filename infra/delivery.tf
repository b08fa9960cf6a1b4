# -----------------------------------------------------------------------------
# Delivery: workflows of one repository may plan, and one environment of it may apply; no key is kept anywhere
# -----------------------------------------------------------------------------

data "aws_iam_openid_connect_provider" "github" {
  count = var.github_repository != "" ? 1 : 0

  url = "https://token.actions.githubusercontent.com"
}

locals {
  deliverers = var.github_repository == "" ? {} : {
    plan  = "repo:${var.github_repository}:pull_request"
    apply = "repo:${var.github_repository}:environment:${var.github_environment}"
  }
}

data "aws_iam_policy_document" "delivery_assume" {
  for_each = local.deliverers

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [data.aws_iam_openid_connect_provider.github[0].arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role" "delivery" {
  for_each = local.deliverers

  name                 = "${var.name}-delivery-${each.key}"
  description          = "Lets ${var.github_repository} ${each.key} ${var.name}"
  assume_role_policy   = data.aws_iam_policy_document.delivery_assume[each.key].json
  max_session_duration = 3600
}

# A plan reads what is there, and never what people wrote: not the table, not a log, not a secret.
resource "aws_iam_role_policy_attachment" "plan" {
  count = var.github_repository != "" ? 1 : 0

  role       = aws_iam_role.delivery["plan"].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/ReadOnlyAccess"
}

data "aws_iam_policy_document" "plan" {
  count = var.github_repository != "" ? 1 : 0

  statement {
    sid    = "NobodysWords"
    effect = "Deny"
    actions = [
      "dynamodb:BatchGetItem", "dynamodb:ExportTableToPointInTime", "dynamodb:GetItem", "dynamodb:GetRecords",
      "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan",
      "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetLogRecord", "logs:GetQueryResults", "logs:StartLiveTail",
      "logs:StartQuery", "logs:Unmask",
      "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "plan" {
  count = var.github_repository != "" ? 1 : 0

  name   = "words"
  role   = aws_iam_role.delivery["plan"].id
  policy = data.aws_iam_policy_document.plan[0].json
}

# An apply makes roles, networks and balancers, so that whoever may apply may do much: what bounds it is that
# only the protected environment can, and that it cannot touch people's access.
resource "aws_iam_role_policy_attachment" "apply" {
  count = var.github_repository != "" ? 1 : 0

  role       = aws_iam_role.delivery["apply"].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/PowerUserAccess"
}

data "aws_iam_policy_document" "apply" {
  count = var.github_repository != "" ? 1 : 0

  statement {
    sid = "OurRoles"
    actions = [
      "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:GetRole", "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:PassRole",
      "iam:PutRolePolicy", "iam:TagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
    ]
    resources = [
      for role in ["execution", "task", "endpoint", "flow"] : "arn:${local.partition}:iam::${local.account}:role/${var.name}-${role}"
    ]
  }

  statement {
    sid = "OurPolicy"
    actions = [
      "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:GetPolicy",
      "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:TagPolicy",
    ]
    resources = ["arn:${local.partition}:iam::${local.account}:policy/${var.name}-deploy"]
  }

  # No statement lets it write to its own roles: a person makes those, with the first apply.
  statement {
    sid       = "ReadItself"
    actions   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/${var.name}-delivery-*"]
  }

  statement {
    sid     = "LookUp"
    actions = ["iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviders"]
    # a look-up by address lists them all
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "apply" {
  count = var.github_repository != "" ? 1 : 0

  name   = "roles"
  role   = aws_iam_role.delivery["apply"].id
  policy = data.aws_iam_policy_document.apply[0].json
}
