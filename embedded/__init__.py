"""The embedded AWS: what a demonstration or a test needs of the cloud, on this machine, in processes of its own.

    with EmbeddedAws(log=Path("aws.log")) as aws:
        subprocess.run(["terraform", "apply"], env=aws.environment(os.environ))

Nothing here knows anything about the rest of this repository.
"""

from embedded.aws import EmbeddedAws

__all__ = ["EmbeddedAws"]
