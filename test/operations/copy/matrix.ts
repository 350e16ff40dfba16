import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { CopyFlags } from './support.ts';

/** What is below a directory, by paths: the text of files, `-> text` of links, null of directories. */
export type Tree = Record<string, string | null>;

export interface Row {
  name: string;
  /** In the directory of sources. */
  source: string;
  /** In the directory of destinations. */
  destination: string;
  flags?: CopyFlags;
  /** What is changed among destinations, or the words of the error. */
  outcome: Tree | RegExp;
}

export const sources: Tree = {
  file: 'one',
  dir: null,
  'dir/in': 'two',
  'dir/sub': null,
  'dir/sub/deep': 'three',
  empty: null,
  link: '-> file',
  linkdir: '-> dir',
  dangling: '-> nowhere',
};

export const destinations: Tree = {
  file: 'old',
  dir: null,
  'dir/old': 'kept',
  link: '-> file',
  linkdir: '-> dir',
  dangling: '-> made',
  dir2: null,
  'dir2/dir': 'a file with the name of a directory',
  dir3: null,
  'dir3/file': null,
  dir4: null,
  'dir4/dir': null,
  'dir4/dir/in': 'older',
  'dir4/dir/mine': 'kept',
};

const tree = (top: string): Tree => ({
  [top]: null,
  [`${top}/in`]: 'two',
  [`${top}/sub`]: null,
  [`${top}/sub/deep`]: 'three',
});

/**
 * What `docker cp` says of itself (its reference, "Extended description"), and what follows for what it leaves open:
 * links of the destination lead to where it goes, those of the source are themselves.
 */
export const rows: Row[] = [
  // SRC_PATH is a file.
  { name: 'a file to what is not there', source: 'file', destination: 'new', outcome: { new: 'one' } },
  {
    name: 'a file to a directory that is not there',
    source: 'file',
    destination: 'new/',
    outcome: /no such directory/,
  },
  { name: 'a file to /. of what is not there', source: 'file', destination: 'new/.', outcome: /no such/ },
  { name: 'a file onto a file', source: 'file', destination: 'file', outcome: { file: 'one' } },
  { name: 'a file into a directory', source: 'file', destination: 'dir', outcome: { 'dir/file': 'one' } },
  { name: 'a file into a directory/', source: 'file', destination: 'dir/', outcome: { 'dir/file': 'one' } },
  { name: 'a file into a directory/.', source: 'file', destination: 'dir/.', outcome: { 'dir/file': 'one' } },
  { name: 'a file to a file/', source: 'file', destination: 'file/', outcome: /it is no directory/ },
  { name: 'a file to a file/.', source: 'file', destination: 'file/.', outcome: /it is no directory/ },
  { name: 'a file below a file', source: 'file', destination: 'file/new', outcome: /it is no directory/ },
  {
    name: 'a file where the parent is missing',
    source: 'file',
    destination: 'no/new',
    outcome: /no such file/,
  },
  { name: 'a file under a name', source: 'file', destination: 'dir/new', outcome: { 'dir/new': 'one' } },
  { name: 'a file by way of ..', source: 'dir/../file', destination: 'dir/../new', outcome: { new: 'one' } },
  { name: 'a file onto a link to a file', source: 'file', destination: 'link', outcome: { file: 'one' } },
  {
    name: 'a file into a link to a directory',
    source: 'file',
    destination: 'linkdir',
    outcome: { 'dir/file': 'one' },
  },
  {
    name: 'a file into a link to a directory/',
    source: 'file',
    destination: 'linkdir/',
    outcome: { 'dir/file': 'one' },
  },
  {
    name: 'a file onto a link to nothing',
    source: 'file',
    destination: 'dangling',
    outcome: { made: 'one' },
  },
  {
    name: 'a file where a directory has its name',
    source: 'file',
    destination: 'dir3',
    outcome: /a directory is there/,
  },
  { name: 'a file/', source: 'file/', destination: 'new', outcome: /it is no directory/ },
  { name: 'a file/.', source: 'file/.', destination: 'new', outcome: /it is no directory/ },
  { name: 'below a file', source: 'file/x', destination: 'new', outcome: /it is no directory/ },
  { name: 'what is not there', source: 'missing', destination: 'new', outcome: /no such file/ },
  { name: 'what is not there/', source: 'missing/', destination: 'new', outcome: /no such file/ },
  {
    name: 'what is not there, to a directory',
    source: 'missing',
    destination: 'dir',
    outcome: /no such file/,
  },
  { name: 'what is in no directory', source: 'no/missing', destination: 'new', outcome: /no such file/ },
  // SRC_PATH is a directory.
  { name: 'a directory to what is not there', source: 'dir', destination: 'new', outcome: tree('new') },
  { name: 'a directory to what is not there/', source: 'dir', destination: 'new/', outcome: tree('new') },
  { name: 'a directory/ to what is not there', source: 'dir/', destination: 'new', outcome: tree('new') },
  { name: 'a directory/. to what is not there', source: 'dir/.', destination: 'new', outcome: tree('new') },
  {
    name: 'a directory onto a file',
    source: 'dir',
    destination: 'file',
    outcome: /cannot take the place of a file/,
  },
  {
    name: 'a directory to a file/',
    source: 'dir',
    destination: 'file/',
    outcome: /cannot take the place of a file/,
  },
  {
    name: 'a directory/. onto a file',
    source: 'dir/.',
    destination: 'file',
    outcome: /cannot take the place of a file/,
  },
  {
    name: 'a directory onto a link to a file',
    source: 'dir',
    destination: 'link',
    outcome: /cannot take the place/,
  },
  { name: 'a directory into a directory', source: 'dir', destination: 'dir', outcome: tree('dir/dir') },
  { name: 'a directory into a directory/', source: 'dir', destination: 'dir/', outcome: tree('dir/dir') },
  { name: 'a directory/ into a directory', source: 'dir/', destination: 'dir', outcome: tree('dir/dir') },
  {
    name: 'a directory/. into a directory',
    source: 'dir/.',
    destination: 'dir',
    outcome: { 'dir/in': 'two', 'dir/sub': null, 'dir/sub/deep': 'three' },
  },
  {
    name: 'a directory/. into a directory/.',
    source: 'dir/.',
    destination: 'dir/.',
    outcome: { 'dir/in': 'two', 'dir/sub': null, 'dir/sub/deep': 'three' },
  },
  {
    name: 'a directory into one that has it',
    source: 'dir',
    destination: 'dir4',
    outcome: { 'dir4/dir/in': 'two', 'dir4/dir/sub': null, 'dir4/dir/sub/deep': 'three' },
  },
  {
    name: 'a directory into a link to a directory',
    source: 'dir',
    destination: 'linkdir',
    outcome: tree('dir/dir'),
  },
  {
    name: 'a directory onto a link to nothing',
    source: 'dir',
    destination: 'dangling',
    outcome: tree('made'),
  },
  {
    name: 'a directory where a file has its name',
    source: 'dir',
    destination: 'dir2',
    outcome: /is there, and no directory/,
  },
  {
    name: 'a directory where the parent is missing',
    source: 'dir',
    destination: 'no/new',
    outcome: /no such file/,
  },
  { name: 'an empty directory', source: 'empty', destination: 'new', outcome: { new: null } },
  { name: 'what is in an empty directory', source: 'empty/.', destination: 'dir', outcome: {} },
  // SRC_PATH is a link.
  { name: 'a link to what is not there', source: 'link', destination: 'new', outcome: { new: '-> file' } },
  { name: 'a link into a directory', source: 'link', destination: 'dir', outcome: { 'dir/link': '-> file' } },
  { name: 'a link onto a file', source: 'linkdir', destination: 'file', outcome: { file: '-> dir' } },
  { name: 'a link to a directory', source: 'linkdir', destination: 'new', outcome: { new: '-> dir' } },
  { name: 'a link to a directory/', source: 'linkdir/', destination: 'new', outcome: tree('new') },
  { name: 'a link to a directory/.', source: 'linkdir/.', destination: 'new', outcome: tree('new') },
  { name: 'a link/', source: 'link/', destination: 'new', outcome: /it is no directory/ },
  { name: 'a link to nothing', source: 'dangling', destination: 'new', outcome: { new: '-> nowhere' } },
  {
    name: 'a link with -L',
    source: 'link',
    destination: 'new',
    flags: { followLink: true },
    outcome: { new: 'one' },
  },
  {
    name: 'a link with -L into a directory',
    source: 'link',
    destination: 'dir',
    flags: { followLink: true },
    outcome: { 'dir/link': 'one' },
  },
  {
    name: 'a link to a directory with -L',
    source: 'linkdir',
    destination: 'dir',
    flags: { followLink: true },
    outcome: tree('dir/linkdir'),
  },
  {
    name: 'a link to nothing with -L',
    source: 'dangling',
    destination: 'new',
    flags: { followLink: true },
    outcome: /no such file/,
  },
];

export function plant(directory: string, tree: Tree): void {
  mkdirSync(directory, { recursive: true });
  for (const [path, what] of Object.entries(tree)) {
    if (what === null) mkdirSync(join(directory, path));
    else if (what.startsWith('-> ')) symlinkSync(what.slice(3), join(directory, path));
    else writeFileSync(join(directory, path), what);
  }
}

export function treeOf(directory: string, prefix = ''): Tree {
  const found: Tree = {};
  for (const name of readdirSync(join(directory, prefix)).sort()) {
    const path = join(prefix, name);
    const stats = lstatSync(join(directory, path));
    if (stats.isDirectory()) Object.assign(found, { [path]: null }, treeOf(directory, path));
    else if (stats.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(directory, path))}`;
    else found[path] = readFileSync(join(directory, path), 'utf8');
  }
  return found;
}
