# -----------------------------------------------------------------------------
# Balancer, its certificate, and the firewall before it
# -----------------------------------------------------------------------------

resource "aws_security_group" "balancer" {
  count = local.has_balancer ? 1 : 0

  name        = "${var.name}-balancer"
  description = "The balancer: reached by everybody, reaches the tasks"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-balancer" }
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each = local.has_balancer ? { https = 443, http = 80 } : {}

  security_group_id = aws_security_group.balancer[0].id
  description       = "Chats and browsers: ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  for_each = local.has_balancer ? { service = local.service_port, page = local.page_port } : {}

  security_group_id            = aws_security_group.balancer[0].id
  description                  = "To the tasks: ${each.key}"
  referenced_security_group_id = aws_security_group.task.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

# Sign-on: the balancer itself asks the issuer who somebody is.
resource "aws_vpc_security_group_egress_rule" "issuer" {
  count = local.has_page ? 1 : 0

  security_group_id = aws_security_group.balancer[0].id
  description       = "To the issuer of the sign-on"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_lb" "this" {
  count = local.has_balancer ? 1 : 0

  name                       = var.name
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer[0].id]
  subnets                    = aws_subnet.public[*].id
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  enable_deletion_protection = var.protect
  idle_timeout               = 60 # above the page's heartbeat of 15 s

  access_logs {
    bucket  = aws_s3_bucket.access[0].id
    prefix  = "balancer"
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.access]
}

# ----------------------------------------------------------------------------- where it leads

resource "aws_lb_target_group" "service" {
  count = local.has_balancer ? 1 : 0

  name                          = "${var.name}-service"
  vpc_id                        = aws_vpc.this.id
  port                          = local.service_port
  protocol                      = "HTTP"
  target_type                   = "ip"
  deregistration_delay          = 30
  load_balancing_algorithm_type = "least_outstanding_requests"

  health_check { # alive, not ready: where the reader fails for a while, the bot says so itself
    path                = "/healthz"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_target_group" "page" {
  count = local.has_page ? 1 : 0

  name                 = "${var.name}-page"
  vpc_id               = aws_vpc.this.id
  port                 = local.page_port
  protocol             = "HTTP"
  target_type          = "ip"
  deregistration_delay = 30

  stickiness { # what the page asks in two requests must reach one task
    type            = "lb_cookie"
    cookie_duration = 86400
  }

  health_check { # the page is up some seconds after the service: its own health is the service's
    path                = "/healthz"
    port                = local.service_port
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 4
  }
}

resource "aws_lb_listener" "http" {
  count = local.has_balancer ? 1 : 0

  load_balancer_arn = aws_lb.this[0].arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "https" {
  count = local.has_balancer ? 1 : 0

  load_balancer_arn = aws_lb.this[0].arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = local.certificate

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "There is nothing here."
      status_code  = "404"
    }
  }
}

locals {
  # What is public, the narrowest first. /metrics, /readyz and /healthz never are.
  routes = merge(
    local.has_slack ? { slack = { order = 10, paths = ["/slack/*"] } } : {},
    local.has_teams ? { teams = { order = 20, paths = ["/api/messages"] } } : {},
    var.public_ask ? { ask = { order = 30, paths = ["/ask", "/openapi.json"] } } : {},
  )
}

resource "aws_lb_listener_rule" "service" {
  for_each = local.has_balancer ? local.routes : {}

  listener_arn = aws_lb_listener.https[0].arn
  priority     = each.value.order

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service[0].arn
  }

  condition {
    path_pattern {
      values = each.value.paths
    }
  }

  condition { # a request to the bare address of the balancer is nobody's
    host_header {
      values = [var.domain]
    }
  }
}

# All that is left is the page's, for whoever has signed on; what the machinery asks is nobody's.
resource "aws_lb_listener_rule" "closed" {
  count = local.has_page ? 1 : 0

  listener_arn = aws_lb_listener.https[0].arn
  priority     = 90

  action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "There is nothing here."
      status_code  = "404"
    }
  }

  condition {
    path_pattern {
      values = ["/metrics", "/readyz", "/healthz"]
    }
  }
}

resource "aws_lb_listener_rule" "page" {
  count = local.has_page ? 1 : 0

  listener_arn = aws_lb_listener.https[0].arn
  priority     = 100

  action {
    type  = "authenticate-oidc"
    order = 1

    authenticate_oidc {
      issuer                     = var.page_sign_on.issuer
      authorization_endpoint     = var.page_sign_on.authorization_endpoint
      token_endpoint             = var.page_sign_on.token_endpoint
      user_info_endpoint         = var.page_sign_on.user_info_endpoint
      client_id                  = var.page_sign_on.client_id
      client_secret              = var.page_client_secret
      scope                      = "openid email"
      session_timeout            = 28800
      on_unauthenticated_request = "authenticate"
    }
  }

  action {
    type             = "forward"
    order            = 2
    target_group_arn = aws_lb_target_group.page[0].arn
  }

  condition {
    host_header {
      values = [var.domain]
    }
  }
}

# ----------------------------------------------------------------------------- name and certificate

resource "aws_acm_certificate" "this" {
  count = local.has_domain ? 1 : 0

  domain_name       = var.domain
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  count = local.has_domain ? 1 : 0

  zone_id         = var.zone_id
  name            = one(aws_acm_certificate.this[0].domain_validation_options).resource_record_name
  type            = one(aws_acm_certificate.this[0].domain_validation_options).resource_record_type
  records         = [one(aws_acm_certificate.this[0].domain_validation_options).resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  count = local.has_domain ? 1 : 0

  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = [aws_route53_record.validation[0].fqdn]
}

resource "aws_route53_record" "this" {
  count = local.has_domain ? 1 : 0

  zone_id = var.zone_id
  name    = var.domain
  type    = "A"

  alias {
    name                   = aws_lb.this[0].dns_name
    zone_id                = aws_lb.this[0].zone_id
    evaluate_target_health = true
  }
}

# ----------------------------------------------------------------------------- firewall

resource "aws_wafv2_web_acl" "this" {
  count = local.has_waf ? 1 : 0

  name        = var.name
  description = "Before the balancer of ${var.name}"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  rule {
    name     = "rate"
    priority = 1

    action {
      block {}
    }

    statement {
      rate_based_statement {
        limit              = var.requests_per_address
        aggregate_key_type = "IP"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-rate"
      sampled_requests_enabled   = false # what is sampled is somebody's words
    }
  }

  rule {
    name     = "known-bad-inputs"
    priority = 2

    override_action {
      none {}
    }

    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesKnownBadInputsRuleSet"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-known-bad-inputs"
      sampled_requests_enabled   = false
    }
  }

  rule {
    name     = "common"
    priority = 3

    override_action {
      none {}
    }

    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesCommonRuleSet"

        # People quote HTML, paths and long texts to each other: these count, and refuse nothing.
        dynamic "rule_action_override" {
          for_each = ["SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY"]

          content {
            name = rule_action_override.value

            action_to_use {
              count {}
            }
          }
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-common"
      sampled_requests_enabled   = false
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count = local.has_waf ? 1 : 0

  resource_arn = aws_lb.this[0].arn
  web_acl_arn  = aws_wafv2_web_acl.this[0].arn
}

# What was refused or counted, and why. A log of the firewall never holds a body, and what else is secret is left out.
resource "aws_wafv2_web_acl_logging_configuration" "this" {
  count = local.has_waf ? 1 : 0

  resource_arn            = aws_wafv2_web_acl.this[0].arn
  log_destination_configs = [aws_cloudwatch_log_group.waf[0].arn]

  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }

      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }

  redacted_fields {
    query_string {} # a code of the sign-on stands there
  }

  dynamic "redacted_fields" {
    for_each = ["authorization", "cookie"]

    content {
      single_header {
        name = redacted_fields.value
      }
    }
  }
}
