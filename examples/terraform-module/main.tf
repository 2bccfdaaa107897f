terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { Project = "hospup-video", Environment = "example", ManagedBy = "terraform" }
  }
}

module "video" {
  source = "../../dist/terraform-module/hcl"

  name_suffix      = "-example"
  media_bucket     = "hospup-files-example"
  warm_pool_size   = 1
  max_workers      = 2
  webhook_url      = "https://api.example.com/callback" # required with the module of prod
  worker_image_tag = "" # none yet: nothing starts; see the output next_step
}

output "queue_url" {
  value = module.video.queue_url
}

output "next_step" {
  value = module.video.next_step
}
