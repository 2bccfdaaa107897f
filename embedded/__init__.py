"""The embedded AWS: the cloud services that a demonstration or a test needs, as local processes.

    with EmbeddedAws(log=Path("aws.log")) as aws:
        subprocess.run(["terraform", "apply"], env=aws.environment(os.environ))

Nothing here imports from the rest of this repository.
"""

from embedded.aws import EmbeddedAws

__all__ = ["EmbeddedAws"]
