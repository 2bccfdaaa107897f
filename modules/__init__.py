"""The infrastructure: one construct a file, joined in reading order by `stack.py`."""

import os

# jsii prints a box of exclamation marks, at every synthesis, on a Node past its end of life. It starts Node when it is
# first imported, and must have been told by then. https://github.com/aws/jsii/tree/main/packages/%40jsii/check-node
os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "20,22,24"
