"""The worker fleet on ECS Fargate, and its autoscaling."""
