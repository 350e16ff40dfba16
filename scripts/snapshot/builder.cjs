'use strict';
/**
 * Run by Node with --build-snapshot and the directory of the chunks (build-snapshot.ts). What the entry imports is
 * loaded, and all of its functions are compiled now, since those that are compiled when they are first called would be
 * so at every start. The others are read when they are asked for.
 */
const { readdirSync, readFileSync } = require('node:fs');
const { basename, dirname } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { compileFunction } = require('node:vm');

const directory = process.argv[2];
/** Seen from dist/bin/main.js: it may be elsewhere by then. */
const beside = `../${basename(dirname(directory))}/${basename(directory)}/`;
const chunks = new Set(readdirSync(directory).map((name) => `./${name}`));
const modules = new Map();

function load(name) {
  if (!chunks.has(name)) return require(name);
  const loaded = modules.get(name);
  if (loaded !== undefined) return loaded.exports;
  const module = { exports: {} };
  // Before it is evaluated, as chunks can need one another.
  modules.set(name, module);
  const text = readFileSync(place(name), 'latin1');
  compileFunction(text, ['exports', 'require', 'module'], { filename: name })(module.exports, load, module);
  return module.exports;
}

/** What has started from the snapshot knows where it lies. */
function place(name) {
  const { scMain } = globalThis;
  return scMain === undefined ? `${directory}/${name}` : new URL(beside + name, scMain);
}

setFlagsFromString('--no-lazy');
setFlagsFromString('--no-flush-bytecode');
load('./entry.cjs');
setFlagsFromString('--flush-bytecode');
setFlagsFromString('--lazy');
