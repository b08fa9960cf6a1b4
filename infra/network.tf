# -----------------------------------------------------------------------------
# Network: public subnets for the balancer, private ones for tasks where there is a NAT
# -----------------------------------------------------------------------------

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = { Name = var.name }
}

# Nothing is in it, and nothing comes or goes by it.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-unused" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = var.name }
}

resource "aws_subnet" "public" {
  count = var.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 4, count.index)

  tags = { Name = "${var.name}-public-${local.zones[count.index]}" }
}

resource "aws_subnet" "private" {
  count = var.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.cidr, 4, 8 + count.index)

  tags = { Name = "${var.name}-private-${local.zones[count.index]}" }
}

# ----------------------------------------------------------------------------- routes

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  count = var.zones

  route_table_id = aws_route_table.public.id
  subnet_id      = aws_subnet.public[count.index].id
}

resource "aws_route_table" "private" {
  count = var.zones

  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private-${local.zones[count.index]}" }
}

resource "aws_route_table_association" "private" {
  count = var.zones

  route_table_id = aws_route_table.private[count.index].id
  subnet_id      = aws_subnet.private[count.index].id
}

locals {
  gateways = { none = 0, one = 1, each = var.zones }[var.nat]
}

resource "aws_eip" "nat" {
  count = local.gateways

  domain = "vpc"

  tags = { Name = "${var.name}-nat-${count.index}" }
}

resource "aws_nat_gateway" "this" {
  count = local.gateways

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id

  tags       = { Name = "${var.name}-${count.index}" }
  depends_on = [aws_internet_gateway.this]
}

resource "aws_route" "nat" {
  count = var.nat == "none" ? 0 : var.zones

  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[count.index % local.gateways].id
}

locals {
  # Chats stand on the internet, so that a task must get out: through a NAT, or from a public subnet.
  task_subnets = var.nat == "none" ? aws_subnet.public[*].id : aws_subnet.private[*].id
}

# ----------------------------------------------------------------------------- ways that stay within AWS

# Free, and so always there.
resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(["s3", "dynamodb"])

  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = concat([aws_route_table.public.id], aws_route_table.private[*].id)

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_endpoints ? toset(concat(
    ["ecr.api", "ecr.dkr", "logs", "secretsmanager"], var.reader != "embedded" ? ["sagemaker.runtime"] : [],
  )) : toset([])

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.endpoints[0].id]

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_security_group" "endpoints" {
  count = var.interface_endpoints ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "AWS's services, for the tasks"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = var.interface_endpoints ? 1 : 0

  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "From the tasks"
  referenced_security_group_id = aws_security_group.task.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

# ----------------------------------------------------------------------------- who may speak to whom

resource "aws_security_group" "task" {
  name        = "${var.name}-task"
  description = "The bot's tasks: reached by the balancer alone"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-task" }
}

resource "aws_vpc_security_group_ingress_rule" "task" {
  for_each = local.has_balancer ? { service = local.service_port, page = local.page_port } : {}

  security_group_id            = aws_security_group.task.id
  description                  = "From the balancer: ${each.key}"
  referenced_security_group_id = aws_security_group.balancer[0].id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}

resource "aws_vpc_security_group_egress_rule" "task" {
  for_each = { https = 443, http = 80 } # links that people put in may lead to either

  security_group_id = aws_security_group.task.id
  description       = "To chats, links and AWS: ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

# The container is cut off from every network; SageMaker fetches its weights from S3 by the instance's own address.
# The stock one fetches its model by itself.
resource "aws_security_group" "endpoint" {
  count = local.has_endpoint && !local.is_serverless ? 1 : 0

  name        = "${var.name}-endpoint"
  description = "The endpoint's instances: nobody reaches them but SageMaker"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoint" }
}

resource "aws_vpc_security_group_egress_rule" "endpoint" {
  count = local.has_endpoint && !local.is_serverless ? 1 : 0

  security_group_id = aws_security_group.endpoint[0].id
  description       = var.stock_model != "" ? "To the hub that the stock container fetches its model from" : "To the weights in S3"
  cidr_ipv4         = var.stock_model != "" ? "0.0.0.0/0" : null
  prefix_list_id    = var.stock_model != "" ? null : aws_vpc_endpoint.gateway["s3"].prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# ----------------------------------------------------------------------------- refused connections

resource "aws_flow_log" "this" {
  count = var.flow_logs ? 1 : 0

  vpc_id               = aws_vpc.this.id
  traffic_type         = "REJECT"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow[0].arn
  iam_role_arn         = aws_iam_role.flow[0].arn
}
