"""The FFmpeg consumer: takes jobs from SQS, renders them, publishes the videos and calls the backend's webhook."""
