import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Interpolation, type VariableValues } from './interpolation.ts';
import type { Item } from './item.ts';
import { merged } from './merge.ts';
import { asDirectory, directoryOf, type Outside, readNamed, withVariables } from './outside.ts';
import { pathFrom } from './values.ts';

/** What files give to those that include them. */
const sections: readonly string[] = ['services', 'networks', 'volumes', 'secrets', 'configs'];

/** Those with paths in them, which are the same only where they are of one directory. */
const withPaths: readonly string[] = ['services', 'secrets', 'configs'];

/** What stands at the top of a file. */
const topLevel: readonly string[] = [...sections, 'include', 'name', 'version'];

/** What an include says. */
const keys: readonly string[] = ['path', 'project_directory', 'env_file'];

/** How many files are included at most: links may make ever new names for the same. */
const MOST_FILES = 200;

/** The files that are being read, each of which includes the one behind it. */
type Open = readonly string[];

/** A compose file with all that it includes, and so on, as one. Paths and variables of each file are its own. */
export function withIncluded(root: Item, outside: Outside): Item {
  return new Inclusion(outside).whole(root, [basename(outside.file)]);
}

class Inclusion {
  readonly #outside: Outside;
  /** By what they are read with. One that several include is one. */
  readonly #known = new Map<string, Item | undefined>();
  #files = 0;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  /** Of one file. */
  whole(own: Item, open: Open): Item {
    tellForeign(own, topLevel);
    const include = own.get('include');
    if (include === undefined) return own;
    if (!include.isList) include.expect('a list');
    let whole = own;
    for (const entry of include.items()) {
      const included = this.#included(entry, open);
      if (included !== undefined) whole = joined(whole, included);
    }
    return whole;
  }

  #included(entry: Item, open: Open): Item | undefined {
    if (entry.isMap) tellForeign(entry, keys);
    const named = entry.isMap ? entry.get('path') : entry;
    const files = (named?.items() ?? []).map((item) => ({ item, path: placeOf(item) }));
    const [main] = files;
    if (main === undefined) {
      entry.problem('missing key "path"');
      return undefined;
    }
    const again = files.find(({ path }) => open.includes(path));
    if (again !== undefined) {
      again.item.problem(`files include each other in a circle: ${[...open, again.path].join(', ')}`);
      return undefined;
    }
    const project = entry.isMap ? entry.get('project_directory') : undefined;
    const directory = project === undefined ? directoryOf(main.path) : asDirectory(placeOf(project));
    const values = this.#variables(entry, directory);
    const id = JSON.stringify([files.map(({ path }) => path), directory, [...values.dotenv]]);
    if (this.#known.has(id)) return this.#known.get(id);
    const around = { ...entry.around, directory, interpolation: new Interpolation(values) };
    let own: Item | undefined;
    for (const { item, path } of files) {
      if (++this.#files > MOST_FILES) {
        item.problem(`more than ${MOST_FILES} files are included`);
        return undefined;
      }
      const read = isElsewhere(item) ? undefined : readNamed(item, path, around, this.#outside);
      if (read === undefined) return undefined;
      own = own === undefined ? read : merged(read, own);
    }
    const whole = own && this.whole(own, [...open, ...files.map(({ path }) => path)]);
    this.#known.set(id, whole);
    return whole;
  }

  /** Those of who includes go before those of `env_file`, without which it is `.env` of the directory. */
  #variables(entry: Item, directory: string): VariableValues {
    const { interpolation, report } = entry.around;
    const given = entry.isMap ? entry.get('env_file')?.items() : undefined;
    for (const item of given ?? [])
      if (!isNone(item) && this.#outside.readFile(placeOf(item)) === undefined)
        item.problem(`there is no file "${placeOf(item)}"`);
    const paths = given?.filter((item) => !isNone(item)).map(placeOf) ?? [pathFrom(directory, '.env')];
    return withVariables(interpolation.values, paths, this.#outside, report);
  }
}

function tellForeign(map: Item, known: readonly string[]): void {
  for (const [key, item] of map.entries())
    if (!known.includes(key) && !key.startsWith('x-')) item.note(`"${key}" has no counterpart`);
}

function placeOf(item: Item): string {
  return pathFrom(item.around.directory, item.now());
}

/** In the words of compose no file of variables, not even `.env`. */
function isNone(item: Item): boolean {
  return item.now() === '/dev/null';
}

function isElsewhere(item: Item): boolean {
  const isRemote = /^[\w+.-]+:\/\/|^git@|\.git(#|$)/.test(item.now());
  if (isRemote) item.problem('found a file of elsewhere, which is not fetched', 'a path of this machine');
  return isRemote;
}

/** What the one has, and what the other has. */
function joined(own: Item, included: Item): Item {
  const content = new Map(own.entries());
  for (const section of sections) {
    const [mine, theirs] = [own.get(section), included.get(section)];
    if (theirs === undefined) continue;
    const entries = new Map(mine?.entries() ?? []);
    for (const [name, item] of theirs.entries()) {
      const other = entries.get(name);
      if (other === undefined) entries.set(name, item);
      else if (!isSame(item, other, section))
        item.problem(`"${name}" is another one in ${other.spot.file}:${other.spot.line}`, 'another name');
    }
    content.set(section, (mine ?? theirs).with(entries));
  }
  return own.with(content);
}

/** Who can do without the other declares what both use. */
function isSame(one: Item, other: Item, section: string): boolean {
  if (one === other) return true;
  if (withPaths.includes(section) && one.around.directory !== other.around.directory) return false;
  // `front:` and `front: {}` declare the same.
  return isDeepStrictEqual(said(one) ?? new Map(), said(other) ?? new Map());
}

/** What it says, with the values that variables have now. */
function said({ content, around }: Item): unknown {
  if (content instanceof Map)
    return new Map([...(content as ReadonlyMap<string, Item>)].map(([key, item]) => [key, said(item)]));
  if (Array.isArray(content)) return (content as readonly Item[]).map(said);
  return typeof content === 'string' ? around.interpolation.now(content, () => {}) : content;
}
