// Preloaded into jsii's Node process by bindings.py: half of a synthesis is Node compiling the provider's 2,135 modules,
// each of which its index requires, for the fifty that a stack uses. Here they are required when they are asked for.
//
// Where the index isn't written as expected, it is left as it is: slower, and right.
"use strict";

const Module = require("module");
const path = require("path");

const INDEX = path.join("node_modules", "@cdktf", "provider-aws", "lib", "index.js");
const EXPORTED = /^exports\.(\w+) = require\(("[^"]+")\);$/gm;
const LAZY = 'Object.defineProperty(exports, "$1", { enumerable: true, configurable: true, get: () => require($2) });';

const compile = Module.prototype._compile;

Module.prototype._compile = function (source, filename, ...rest) {
  const isIndex = filename.endsWith(INDEX);
  return compile.call(this, isIndex ? source.replace(EXPORTED, LAZY) : source, filename, ...rest);
};
