"""S3: delete markers."""

from moto.s3.models import FakeDeleteMarker, FakeKey, S3Backend

from embedded.gaps._patch import Function, wrap


def fill() -> None:
    """Fills every gap of this service."""
    mark_keys_without_objects()


def mark_keys_without_objects() -> None:
    """moto ignores the deletion of a key that has no object. In a bucket with versioning, AWS inserts a delete marker.

    Without this, a worker that deletes more keys than it wrote would not be noticed, and those markers stay for ever.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
    """

    def make(original: Function) -> Function:
        def set_delete_marker(self: S3Backend, bucket_name: str, key_name: str) -> FakeDeleteMarker:
            bucket = self.get_bucket(bucket_name)
            if key_name not in bucket.keys:
                marker = FakeDeleteMarker(FakeKey(key_name, b"", self.account_id, self.region_name))
                bucket.keys[key_name] = marker
            else:
                marker = original(self, bucket_name, key_name)
            return marker

        return set_delete_marker

    wrap(S3Backend, "_set_delete_marker", make)
