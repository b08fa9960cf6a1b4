# An app that many install: some 100,000 workspaces, 1,000,000 questions a day, by Slack and Teams.
# A way out in each zone, calls to AWS within its network, larger tasks, more instances to scale to, higher caps.
# $1,543 a month (us-east-1; python -m bench.costs).
region              = "us-east-1"
channels            = ["slack", "teams"]
domain              = "wherein.example.com"
zone_id             = "Z0123456789ABC"
nat                 = "each"
interface_endpoints = true
task_cpu            = 2048
task_memory         = 4096
tasks_min           = 4
tasks_max           = 40
spot                = true

slack_many      = true
slack_client_id = "0000000000.0000000000"
teams_app_id    = "00000000-0000-0000-0000-000000000000"
teams_tenant_id = "00000000-0000-0000-0000-000000000000"

reader               = "endpoint"
endpoint_instance    = "ml.c7i.large"
endpoint_min         = 3
endpoint_max         = 30
endpoint_concurrency = 2

table_most_reads     = 40000
table_most_writes    = 20000
requests_per_address = 2000000 # a chat's events all come from few addresses

log_days     = 90
budget       = 3000
alarm_emails = ["somebody@example.com"]
