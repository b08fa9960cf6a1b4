# A company, or an app that others install: some 1,000 workspaces, 10,000 questions a day, by Slack and Teams.
# A balancer with its firewall, and reading on an endpoint of its own, so that a larger model, too, never takes the
# processor from the acknowledgements; where it fails, the tasks read. With reader = "embedded" it is $156 less.
# $305 a month (us-east-1; python -m bench.costs).
region    = "us-east-1"
channels  = ["slack", "teams"]
domain    = "wherein.example.com"
zone_id   = "Z0123456789ABC"
nat       = "one"
tasks_min = 2
tasks_max = 10

slack_many      = true
slack_client_id = "0000000000.0000000000"
teams_app_id    = "00000000-0000-0000-0000-000000000000"
teams_tenant_id = "00000000-0000-0000-0000-000000000000"

reader            = "endpoint"
endpoint_instance = "ml.c7i.large"
endpoint_min      = 2
endpoint_max      = 6

budget       = 600
alarm_emails = ["somebody@example.com"]
