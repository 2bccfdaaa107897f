"""Terraform and cdktf: provider bindings, stack context, variables, outputs, metrics, synthesis."""
