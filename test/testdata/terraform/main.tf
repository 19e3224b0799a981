terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "zip" { type = string }

variable "greeting" {
  type    = string
  default = "hello"
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = false
  default_tags {
    tags = { made-by = "terraform" }
  }
}

data "aws_caller_identity" "current" {}
