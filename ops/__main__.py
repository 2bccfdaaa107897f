"""`hospup-video`: send jobs and follow them."""

from ops.cli import app

if __name__ == "__main__":
    app()
