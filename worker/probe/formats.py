"""Formats that may be opened: the demuxers, decoders and protocol that sources need, for FFmpeg and the probe alike.

libavformat reads some 350 formats, a few of which refer to other files or hosts, and libavcodec decodes 500 codecs,
most of them of old video games: each is code that an untrusted file may choose to run. A new codec is one word here.
"""

from worker.job import limits

PROTOCOLS = "file"
"""FFmpeg reads local files only; worker/media fetches them before."""

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,h264,hevc,flv,asf,ogg,mxf,"
    "jpeg_pipe,png_pipe,webp_pipe,webp_anim,bmp_pipe,tiff_pipe,gif,gif_pipe,apng"
)
"""libavformat's demuxers for videos and pictures. Playlists (HLS, DASH, ffconcat), SDP and `image2` are left out since
they open other files; so are drawings (SVG) and subtitles."""

SOUND_CONTAINERS = f"{CONTAINERS},mp3,aac,wav,w64,aiff,flac,ac3,eac3,caf,amr"
"""libavformat's demuxers for soundtracks."""

_VIDEO = (
    "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,mpeg4,mpeg2video,mpeg1video,h263,mjpeg,prores,dnxhd,dvvideo,"
    "vc1,wmv3,wmv2,wmv1,msmpeg4,msmpeg4v2,flv,theora,ffv1,qtrle,rawvideo"
)
_PICTURES = "png,apng,webp,webp_anim,bmp,gif,tiff"
_SOUND = (
    "aac,mp3,mp3float,mp2,mp2float,ac3,eac3,opus,libopus,vorbis,libvorbis,flac,alac,wmav1,wmav2,amrnb,amrwb,"
    "libopencore_amrnb,libopencore_amrwb,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_bluray,"
    "pcm_dvd"
)
DECODERS = f"{_VIDEO},{_PICTURES},{_SOUND}"
"""libavcodec's decoders. MagicYUV (CVE-2026-8461), for example, isn't one of them."""


def options(containers: str = CONTAINERS, streams: int = limits.MEDIA_STREAMS) -> tuple[str, ...]:
    """FFmpeg's options before the `-i` of a source that may have as many `streams`."""
    return (
        "-protocol_whitelist", PROTOCOLS,
        "-format_whitelist", containers,
        "-codec_whitelist", DECODERS,
        "-max_streams", str(streams),
        "-max_pixels:v", str(limits.MEDIA_PIXELS),
    )  # fmt: skip
