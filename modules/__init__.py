"""The infrastructure: one construct per file; `stack.py` joins them."""

import os

# Silences jsii's warning about a Node version past its end of life, at every synthesis. Must be set before the first
# import of jsii, which starts Node. https://github.com/aws/jsii/tree/main/packages/%40jsii/check-node
os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "20,22,24"
