# -----------------------------------------------------------------------------
# What may be chosen
# -----------------------------------------------------------------------------

variable "name" {
  description = "What everything is called; several stacks in one account have several names."
  type        = string
  default     = "wherein"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 24
    error_message = "name: 3 to 24 characters, small letters, digits and single hyphens, beginning with a letter."
  }

  validation {
    condition     = !startswith(var.name, "internal-")
    error_message = "name: a balancer's cannot begin with internal-."
  }
}

variable "region" {
  description = "The region of AWS."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region: that is no region, such as eu-west-1."
  }
}

variable "tags" {
  description = "Tags for everything, beside Application and ManagedBy."
  type        = map(string)
  default     = {}
}

# ----------------------------------------------------------------------------- the way in

variable "channels" {
  description = "The ways in: http, slack, teams."
  type        = set(string)
  default     = ["slack"]

  validation {
    condition     = length(var.channels) > 0 && length(setsubtract(var.channels, ["http", "slack", "teams"])) == 0
    error_message = "channels: any of http, slack and teams, and at least one of them."
  }

  validation {
    condition     = !contains(var.channels, "teams") || local.has_balancer
    error_message = "channels: Teams needs an address that Microsoft can reach: give domain, and zone_id or certificate_arn."
  }
}

variable "domain" {
  description = "The name under which chats reach Wherein, such as wherein.example.com; empty: none, and Slack comes by Socket Mode."
  type        = string
  default     = ""

  validation {
    condition     = var.domain == "" || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain: that is no host name, such as wherein.example.com."
  }
}

variable "zone_id" {
  description = "The Route 53 zone that the domain lies in: certificate and records are made there."
  type        = string
  default     = ""

  validation {
    condition     = var.zone_id == "" || can(regex("^[A-Z0-9]{8,32}$", var.zone_id))
    error_message = "zone_id: that is no Route 53 zone, such as Z0123456789ABC."
  }

  validation {
    condition     = var.zone_id == "" || var.domain != ""
    error_message = "zone_id: it belongs to domain, which is empty."
  }
}

variable "certificate_arn" {
  description = "A certificate of ACM for the domain, where its zone is not in Route 53."
  type        = string
  default     = ""

  validation {
    condition     = var.certificate_arn == "" || can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+$", var.certificate_arn))
    error_message = "certificate_arn: that is no certificate of ACM."
  }

  validation {
    condition     = var.certificate_arn == "" || (var.zone_id == "" && var.domain != "")
    error_message = "certificate_arn: give it with domain, and without zone_id, which makes a certificate itself."
  }

  validation {
    condition     = var.domain == "" || var.zone_id != "" || var.certificate_arn != ""
    error_message = "certificate_arn: domain needs it, or zone_id, by which a certificate is made."
  }
}

variable "public_ask" {
  description = "Whether /ask and /openapi.json can be reached from outside (with the API key)."
  type        = bool
  default     = false

  validation {
    condition     = !var.public_ask || local.has_balancer
    error_message = "public_ask: it needs an address: give domain, and zone_id or certificate_arn."
  }

  validation {
    condition     = !var.public_ask || contains(var.channels, "http")
    error_message = "public_ask: it needs http among the channels."
  }
}

variable "page_sign_on" {
  description = "Sign-on for the page, by OpenID Connect at the balancer; null: the page cannot be reached from outside."
  type = object({
    issuer                 = string
    authorization_endpoint = string
    token_endpoint         = string
    user_info_endpoint     = string
    client_id              = string
  })
  default = null

  validation {
    condition = var.page_sign_on == null ? true : alltrue([
      for url in [
        var.page_sign_on.issuer, var.page_sign_on.authorization_endpoint, var.page_sign_on.token_endpoint,
        var.page_sign_on.user_info_endpoint
      ] : startswith(url, "https://")
    ])
    error_message = "page_sign_on: each of its four addresses begins with https://."
  }

  validation {
    condition     = var.page_sign_on == null || local.has_balancer
    error_message = "page_sign_on: the page needs an address: give domain, and zone_id or certificate_arn."
  }
}

variable "page_client_secret" {
  description = "The client's secret for page_sign_on. The balancer keeps it, and so does the state: AWS has no write-only way."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = var.page_sign_on == null || var.page_client_secret != ""
    error_message = "page_client_secret: page_sign_on needs it."
  }
}

variable "waf" {
  description = "Whether a web application firewall stands before the balancer."
  type        = bool
  default     = true
}

variable "requests_per_address" {
  description = "Requests in five minutes from one address, beyond which the firewall refuses it. Slack and Microsoft come from few addresses."
  type        = number
  default     = 20000

  validation {
    condition     = var.requests_per_address >= 100 && var.requests_per_address <= 2000000000 && floor(var.requests_per_address) == var.requests_per_address
    error_message = "requests_per_address: a whole number between 100 and 2,000,000,000."
  }
}

# ----------------------------------------------------------------------------- the network

variable "cidr" {
  description = "The addresses of the network."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(contains(range(16, 21), tonumber(split("/", var.cidr)[1])), false)
    error_message = "cidr: an IPv4 network between /16 and /20, such as 10.20.0.0/16."
  }
}

variable "zones" {
  description = "Availability zones: 2 or 3."
  type        = number
  default     = 3

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "zones: 2 or 3."
  }
}

variable "nat" {
  description = "How tasks reach Slack and Microsoft: none (tasks in public subnets, closed but for the balancer), one gateway, or each zone its own."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "one", "each"], var.nat)
    error_message = "nat: none, one or each."
  }
}

variable "interface_endpoints" {
  description = "Whether calls to SageMaker, ECR, logs and secrets stay within AWS's network, at a price for each service and zone."
  type        = bool
  default     = false
}

variable "flow_logs" {
  description = "Whether refused connections are logged."
  type        = bool
  default     = true
}

# ----------------------------------------------------------------------------- the bot

variable "bot_image" {
  description = "The bot's image by digest; upload_image.sh writes it. Empty: nothing runs yet."
  type        = string
  default     = ""

  validation {
    condition     = var.bot_image == "" || can(regex("@sha256:[0-9a-f]{64}$", var.bot_image))
    error_message = "bot_image: give it by digest (…@sha256:…), as upload_image.sh writes it."
  }
}

variable "architecture" {
  description = "The processor of the tasks: ARM64 or X86_64. The bot's image must be built for it, the endpoint's for endpoint_instance."
  type        = string
  default     = "ARM64"

  validation {
    condition     = contains(["ARM64", "X86_64"], var.architecture)
    error_message = "architecture: ARM64 or X86_64."
  }
}

variable "task_cpu" {
  description = "Processor of a task, in 1/1024 of a core."
  type        = number
  default     = 1024

  validation {
    condition     = contains([512, 1024, 2048, 4096], var.task_cpu)
    error_message = "task_cpu: 512, 1024, 2048 or 4096."
  }
}

variable "task_memory" {
  description = "Memory of a task, in MB; Fargate offers 2 to 8 times the cores in GB, and at most 30."
  type        = number
  default     = 2048

  validation {
    condition     = var.task_memory % 1024 == 0 && var.task_memory >= max(1024, var.task_cpu * 2) && var.task_memory <= min(var.task_cpu * 8, 30720)
    error_message = "task_memory: a multiple of 1024, at least twice and at most eight times task_cpu, and at most 30720."
  }
}

variable "tasks_min" {
  description = "The fewest tasks; 2 outlive a zone."
  type        = number
  default     = 2

  validation {
    condition     = var.tasks_min >= 1 && var.tasks_min <= 100 && floor(var.tasks_min) == var.tasks_min
    error_message = "tasks_min: a whole number between 1 and 100."
  }
}

variable "tasks_max" {
  description = "The most tasks."
  type        = number
  default     = 6

  validation {
    condition     = var.tasks_max >= var.tasks_min && var.tasks_max <= 1000 && floor(var.tasks_max) == var.tasks_max
    error_message = "tasks_max: a whole number, at least tasks_min and at most 1000."
  }
}

variable "tasks_cpu" {
  description = "Percent of a task's processor that scaling aims at."
  type        = number
  default     = 60

  validation {
    condition     = var.tasks_cpu >= 10 && var.tasks_cpu <= 95
    error_message = "tasks_cpu: between 10 and 95 percent."
  }
}

variable "tasks_requests" {
  description = "Requests a minute for each core of a task that scaling aims at: a fifth of what one takes where reading is done elsewhere."
  type        = number
  default     = 6000

  validation {
    condition     = var.tasks_requests >= 60 && var.tasks_requests <= 100000
    error_message = "tasks_requests: between 60 and 100,000 a minute."
  }
}

variable "spot" {
  description = "Whether tasks beyond the first two may run on spare capacity, at a third of the price."
  type        = bool
  default     = false
}

variable "admins" {
  description = "Who may administer, beside the admins of a workspace: ids or e-mail addresses."
  type        = list(string)
  default     = []
}

variable "ttl_days" {
  description = "How long a thread is remembered, in days."
  type        = number
  default     = 30

  validation {
    condition     = var.ttl_days > 0 && var.ttl_days <= 3650
    error_message = "ttl_days: more than 0 and at most 3650."
  }
}

variable "slack_many" {
  description = "Whether many workspaces install Wherein by OAuth, rather than one by its token."
  type        = bool
  default     = false

  validation {
    condition     = !var.slack_many || local.has_balancer
    error_message = "slack_many: installing by OAuth needs an address: give domain, and zone_id or certificate_arn."
  }
}

variable "slack_client_id" {
  description = "The app's client id, for slack_many."
  type        = string
  default     = ""

  validation {
    condition     = !var.slack_many || var.slack_client_id != ""
    error_message = "slack_client_id: slack_many needs it; it stands under “Basic Information” of the app."
  }
}

variable "teams_app_id" {
  description = "The id of the bot's registration at Microsoft."
  type        = string
  default     = ""

  validation {
    condition     = !contains(var.channels, "teams") || can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.teams_app_id))
    error_message = "teams_app_id: the channel teams needs it, an id such as 00000000-0000-0000-0000-000000000000."
  }
}

variable "teams_tenant_id" {
  description = "The tenant of that registration."
  type        = string
  default     = ""

  validation {
    condition     = !contains(var.channels, "teams") || can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.teams_tenant_id))
    error_message = "teams_tenant_id: the channel teams needs it, an id such as 00000000-0000-0000-0000-000000000000."
  }
}

variable "settings" {
  description = "More of the bot's settings, as environment variables; see the README."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^(WHEREIN|SLACK|TEAMS)_[A-Z_]+$", name))])
    error_message = "settings: names begin with WHEREIN_, SLACK_ or TEAMS_."
  }

  validation {
    condition     = length([for name in keys(var.settings) : name if can(regex("(TOKEN|SECRET|PASSWORD|KEY|CERTIFICATE)$", name))]) == 0
    error_message = "settings: a token, secret, password or key belongs into var.secrets, which no state keeps."
  }
}

variable "secrets" {
  description = "Tokens and keys by the name of their environment variable, such as SLACK_BOT_TOKEN. They are written and never kept in the state: raise secrets_version when one changes."
  type        = map(string)
  default     = {}
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = var.bot_image == "" || length(setsubtract(local.secret_names, keys(var.secrets))) == 0
    error_message = "secrets: one of them is missing; the chosen channels need ${join(", ", local.secret_names)}. Give all of them at each apply."
  }

  validation {
    condition     = length(setsubtract(keys(var.secrets), local.known_secrets)) == 0
    error_message = "secrets: one of them is none that a channel needs: name it in more_secrets too, or it would be kept nowhere."
  }

  validation {
    condition     = alltrue([for value in values(var.secrets) : length(value) >= 8])
    error_message = "secrets: one of them has fewer than 8 characters."
  }
}

variable "more_secrets" {
  description = "Names of secrets beyond those that the chosen channels need, such as WHEREIN_ADMIN_PASSWORD."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.more_secrets : can(regex("^(WHEREIN|SLACK|TEAMS)_[A-Z_]+$", name))])
    error_message = "more_secrets: names begin with WHEREIN_, SLACK_ or TEAMS_."
  }
}

variable "secrets_version" {
  description = "Raise it to have var.secrets written again."
  type        = number
  default     = 1

  validation {
    condition     = var.secrets_version >= 1 && floor(var.secrets_version) == var.secrets_version
    error_message = "secrets_version: a whole number from 1 on."
  }
}

# ----------------------------------------------------------------------------- the reader

variable "reader" {
  description = "Where reading is done: embedded (in the bot's own tasks), endpoint (SageMaker instances), or serverless (SageMaker without instances)."
  type        = string
  default     = "embedded"

  validation {
    condition     = contains(["embedded", "endpoint", "serverless"], var.reader)
    error_message = "reader: embedded, endpoint or serverless."
  }
}

variable "endpoint_image" {
  description = "The endpoint's image by digest; upload_image.sh writes it."
  type        = string
  default     = ""

  validation {
    condition     = var.endpoint_image == "" || can(regex("@sha256:[0-9a-f]{64}$", var.endpoint_image))
    error_message = "endpoint_image: give it by digest (…@sha256:…), as upload_image.sh writes it."
  }
}

variable "model_data" {
  description = "The key of model.tar.gz in the models' bucket; upload_image.sh writes it."
  type        = string
  default     = ""

  validation {
    condition     = var.model_data == "" || endswith(var.model_data, "/model.tar.gz")
    error_message = "model_data: a key that ends in /model.tar.gz, as upload_image.sh writes it."
  }
}

variable "stock_model" {
  description = "A model of the Hugging Face hub for the stock container, such as distilbert-base-uncased-distilled-squad, in place of ours."
  type        = string
  default     = ""

  validation {
    condition     = var.stock_model == "" || var.reader == "endpoint" || var.reader == "serverless"
    error_message = "stock_model: it needs reader = \"endpoint\" or \"serverless\"."
  }

  validation {
    condition     = var.stock_model == "" || var.reader != "endpoint" || var.nat != "none"
    error_message = "stock_model: its container fetches the model from the internet: set nat to one or each."
  }
}

variable "stock_image" {
  description = "The stock container, where stock_model is given: Hugging Face's for PyTorch, up to transformers 4.51.3."
  type        = string
  default     = ""

  validation {
    condition     = (var.stock_image == "") == (var.stock_model == "")
    error_message = "stock_image: it goes with stock_model; `python -m model.deploy --stock --dry-run` prints its address."
  }
}

variable "endpoint_instance" {
  description = "The type of the endpoint's instances."
  type        = string
  default     = "ml.c7i.large"

  validation {
    condition     = can(regex("^ml\\.[a-z0-9-]+\\.(medium|large|[248]?xlarge)$", var.endpoint_instance))
    error_message = "endpoint_instance: a type such as ml.c7i.large, up to 8xlarge."
  }
}

variable "endpoint_min" {
  description = "The fewest instances of the endpoint; 2 outlive a zone."
  type        = number
  default     = 2

  validation {
    condition     = var.endpoint_min >= 1 && var.endpoint_min <= 50 && floor(var.endpoint_min) == var.endpoint_min
    error_message = "endpoint_min: a whole number between 1 and 50."
  }
}

variable "endpoint_max" {
  description = "The most instances of the endpoint."
  type        = number
  default     = 6

  validation {
    condition     = var.endpoint_max >= var.endpoint_min && var.endpoint_max <= 200 && floor(var.endpoint_max) == var.endpoint_max
    error_message = "endpoint_max: a whole number, at least endpoint_min and at most 200."
  }
}

variable "endpoint_scaling" {
  description = "By what the endpoint scales: concurrency (seen every ten seconds), cpu, or both."
  type        = string
  default     = "both"

  validation {
    condition     = contains(["concurrency", "cpu", "both"], var.endpoint_scaling)
    error_message = "endpoint_scaling: concurrency, cpu or both."
  }
}

variable "endpoint_concurrency" {
  description = "Calls at once on one instance that scaling aims at."
  type        = number
  default     = 2

  validation {
    condition     = var.endpoint_concurrency > 0 && var.endpoint_concurrency <= 1000
    error_message = "endpoint_concurrency: more than 0 and at most 1000."
  }
}

variable "endpoint_cpu" {
  description = "Percent of each of an instance's cores that scaling aims at."
  type        = number
  default     = 60

  validation {
    condition     = var.endpoint_cpu >= 10 && var.endpoint_cpu <= 95
    error_message = "endpoint_cpu: between 10 and 95 percent of each core."
  }
}

variable "serverless_memory" {
  description = "Memory of a serverless endpoint, in MB."
  type        = number
  default     = 3072

  validation {
    condition     = contains([1024, 2048, 3072, 4096, 5120, 6144], var.serverless_memory)
    error_message = "serverless_memory: 1024, 2048, 3072, 4096, 5120 or 6144."
  }
}

variable "serverless_concurrency" {
  description = "Calls at once that a serverless endpoint takes."
  type        = number
  default     = 10

  validation {
    condition     = var.serverless_concurrency >= 1 && var.serverless_concurrency <= 200 && floor(var.serverless_concurrency) == var.serverless_concurrency
    error_message = "serverless_concurrency: a whole number between 1 and 200."
  }
}

# ----------------------------------------------------------------------------- keeping

variable "protect" {
  description = "Whether table, balancer and secrets refuse to be destroyed; set it to false, and apply, before a destroy."
  type        = bool
  default     = true
}

variable "table_most_reads" {
  description = "The most read units a second that the table may charge for."
  type        = number
  default     = 4000

  validation {
    condition     = var.table_most_reads >= 100 && floor(var.table_most_reads) == var.table_most_reads
    error_message = "table_most_reads: a whole number, at least 100."
  }
}

variable "table_most_writes" {
  description = "The most write units a second that the table may charge for."
  type        = number
  default     = 2000

  validation {
    condition     = var.table_most_writes >= 100 && floor(var.table_most_writes) == var.table_most_writes
    error_message = "table_most_writes: a whole number, at least 100."
  }
}

variable "kms_key_arn" {
  description = "A key of yours for table, secrets, logs and buckets; empty: AWS's own keys."
  type        = string
  default     = ""

  validation {
    condition     = var.kms_key_arn == "" || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn: that is no key's ARN."
  }
}

variable "log_days" {
  description = "How long logs are kept, in days."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_days)
    error_message = "log_days: one of the periods of CloudWatch: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731."
  }
}

# ----------------------------------------------------------------------------- watching

variable "alarm_emails" {
  description = "Who is told of alarms and costs."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alarm_emails: each is an e-mail address."
  }
}

variable "budget" {
  description = "Dollars a month; who is in alarm_emails is told when 80 percent are forecast. 0: no budget."
  type        = number
  default     = 0

  validation {
    condition     = var.budget >= 0
    error_message = "budget: 0 or more dollars."
  }

  validation {
    condition     = var.budget == 0 || length(var.alarm_emails) > 0
    error_message = "budget: nobody would be told; give alarm_emails."
  }
}

# ----------------------------------------------------------------------------- delivery

variable "github_repository" {
  description = "The repository, OWNER/NAME, whose workflows may plan and apply by OIDC; empty: none."
  type        = string
  default     = ""

  validation {
    condition     = var.github_repository == "" || can(regex("^[\\w.-]+/[\\w.-]+$", var.github_repository))
    error_message = "github_repository: OWNER/NAME."
  }
}

variable "github_environment" {
  description = "The environment of that repository which may apply."
  type        = string
  default     = "production"

  validation {
    condition     = can(regex("^[\\w.-]+$", var.github_environment))
    error_message = "github_environment: letters, digits, dots, hyphens."
  }
}
