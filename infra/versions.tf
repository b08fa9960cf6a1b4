# -----------------------------------------------------------------------------
# Versions, provider, and where the state lies
# -----------------------------------------------------------------------------

terraform {
  required_version = ">= 1.11" # write-only arguments: no token in the state

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }

  # The bucket and its lock file: terraform init -backend-config=backend.hcl (see backend.hcl.example).
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge({ Application = var.name, ManagedBy = "terraform" }, var.tags)
  }
}
