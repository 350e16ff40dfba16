'use strict';
/**
 * Run by Node with --build-snapshot and the directory of the chunks (build-snapshot.ts). What the entry imports is
 * loaded, and all of its functions are compiled now, since those that are compiled when they are first called would be
 * so at every start. The others are kept as text.
 */
const { readdirSync, readFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { compileFunction } = require('node:vm');

const directory = process.argv[2];
const chunks = readdirSync(directory).map((name) => [
  `./${name}`,
  readFileSync(`${directory}/${name}`, 'latin1'),
]);
const texts = new Map(chunks);
const modules = new Map();

function load(name) {
  const text = texts.get(name);
  if (text === undefined) return require(name);
  const loaded = modules.get(name);
  if (loaded !== undefined) return loaded.exports;
  const module = { exports: {} };
  // Before it is evaluated, as chunks can need one another.
  modules.set(name, module);
  compileFunction(text, ['exports', 'require', 'module'], { filename: name })(module.exports, load, module);
  return module.exports;
}

setFlagsFromString('--no-lazy');
setFlagsFromString('--no-flush-bytecode');
load('./entry.cjs');
setFlagsFromString('--flush-bytecode');
setFlagsFromString('--lazy');
