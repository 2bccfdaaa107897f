"""What `doctor` looks at: one module a subject, one function a check, each yielding its findings."""
