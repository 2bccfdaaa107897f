"""`python -m ops` is `hospup-video`."""

from ops.cli import app

if __name__ == "__main__":
    app(prog_name="hospup-video")
