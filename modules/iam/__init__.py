"""IAM: policy statements, the roles of the workers, and the roles and policies for deploying."""
