// bindings.py preloads this script into jsii's Node process. The provider's index requires all of its 2,135 modules, and
// compiling them takes half of a synthesis; a stack uses about fifty. This script makes the index require each module on
// first use.
//
// If the index doesn't have the expected form, it is left unchanged: slower, but correct.
"use strict";

const Module = require("module");
const path = require("path");

const INDEXES = ["@cdktf", "@cdktn"].map((scope) => path.join("node_modules", scope, "provider-aws", "lib", "index.js"));
const EXPORTED = /^exports\.(\w+) = (?:__importStar\()?require\(("[^"]+")\)\)?;$/gm;
const LAZY = 'Object.defineProperty(exports, "$1", { enumerable: true, configurable: true, get: () => require($2) });';

const compile = Module.prototype._compile;

Module.prototype._compile = function (source, filename, ...rest) {
  const isIndex = INDEXES.some((index) => filename.endsWith(index));
  return compile.call(this, isIndex ? source.replace(EXPORTED, LAZY) : source, filename, ...rest);
};
