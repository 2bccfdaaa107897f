"""What lies beside a video, from the message to the bucket and the webhook."""

from pathlib import Path

from tests.worker.conftest import Site


def test_renditions_ladder_and_preview_are_published_and_in_the_webhook(site: Site, clip: Path) -> None:
    output = {
        "width": 270,
        "height": 480,
        "quality": "draft",
        "renditions": [{"name": "square", "width": 240, "height": 240}],
        "hls": True,
        "thumbnail": {"animated": True},
    }
    source = site.put("videos/7/clip.mp4", clip)
    message = {"version": 1, "job_id": "e1", "video_id": "v-e1", "property_id": "7", "output": output}
    site.start_worker()
    site.send(message | {"clips": [{"source": source, "duration": 1}], "webhook": {"url": site.receiver.url}})
    body = site.final("e1").json()
    assert body["status"] == "COMPLETE", body
    stem = body["file_url"].removesuffix(".mp4")
    assert body["files"] == {
        "preview": f"{stem}.webp",
        "square": f"{stem}/square.mp4",
        "hls": f"{stem}/hls/master.m3u8",
    }
    folder = "generated-videos/7/v-e1"
    types = {
        f"{folder}.mp4": "video/mp4",
        f"{folder}.jpg": "image/jpeg",
        f"{folder}.webp": "image/webp",
        f"{folder}/square.mp4": "video/mp4",
        f"{folder}/hls/270p.m4s": "video/mp4",
        f"{folder}/hls/270p.m3u8": "application/vnd.apple.mpegurl",
        f"{folder}/hls/master.m3u8": "application/vnd.apple.mpegurl",
    }
    assert site.keys() - {"videos/7/clip.mp4"} == set(types)
    for key, content_type in types.items():
        head = site.aws.client("s3").head_object(Bucket=site.bucket, Key=key)
        assert (head["ContentType"], head["ContentDisposition"], head["Metadata"]) == (
            content_type,
            "inline",
            {"job-id": "e1"},
        )
