# One Slack workspace, or a few: some 10 workspaces, 100 questions a day. Slack comes by Socket Mode, so that there is no
# balancer, no domain and no NAT; two small tasks in two zones, which read by themselves.
# $45 a month, all of it also when nobody asks (us-east-1; python -m bench.costs).
region      = "us-east-1"
channels    = ["slack"]
zones       = 2
task_cpu    = 512
task_memory = 1024
tasks_min   = 2
tasks_max   = 4

log_days          = 14
table_most_reads  = 500
table_most_writes = 500

budget       = 80
alarm_emails = ["somebody@example.com"]
