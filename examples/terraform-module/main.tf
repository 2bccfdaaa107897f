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
  source = "../../dist/terraform-module/dev/hcl" # make module ENV=dev

  name_suffix      = "-example"
  media_bucket     = "hospup-files-example"
  warm_pool_size   = 1
  max_workers      = 2
  webhook_url      = "https://api.example.com/callback" # required with the module of prod
  worker_image_tag = "" # none yet: nothing starts; see the output next_step
}

# All outputs as one. `terraform output -json video > video.json` and `export HOSPUP_OUTPUTS=$PWD/video.json` tell them
# to hospup-video; video.next_step says what to do first.
output "video" {
  value = module.video
}
