import type { Mount } from '../schema/container-file.ts';
import { size, usage } from './command-line-values.ts';

// Mounts as docker's command line writes them, in the words of the container file.

const propagations = ['private', 'slave', 'shared', 'unbindable'].flatMap((name) => [name, `r${name}`]);

const volumeForm =
  'TARGET, SOURCE:TARGET or SOURCE:TARGET:OPTION,... with ro, rw, exec, noexec, nocopy and propagations such as rslave';

/** `SOURCE:TARGET[:OPTION,...]`; what is no path is the name of a volume. `TARGET` alone is a volume without a name. */
export function volume(text: string): Mount {
  if (text.startsWith('/') && !text.includes(':')) return { volume: true, target: text };
  const [source = '', target = '', options, ...rest] = text.split(':');
  if (source === '' || target === '' || rest.length > 0) throw usage('--volume', text, volumeForm);
  const mount: Mount = { ...sourceOf(source), target };
  for (const option of options?.split(',') ?? []) {
    if (option === 'ro') mount.readOnly = true;
    else if (option === 'exec' || option === 'noexec') mount.exec = option === 'exec';
    else if (option === 'nocopy') mount.copy = false;
    else if (isPropagation(option)) mount.propagation = option;
    else if (option !== 'rw') throw usage('--volume', text, volumeForm);
  }
  return mount;
}

const tmpfsForm = 'TARGET or TARGET:OPTION,... with size=64m, mode=1777, uid=, gid=, nr_inodes=, ro, exec';

/** `TARGET[:OPTION,...]`. What every tmpfs is may be said too. */
export function tmpfs(text: string): Mount {
  const [target = '', options, ...rest] = text.split(':');
  const mount: Mount = { tmpfs: true, target };
  const owner: Owner = {};
  for (const option of options?.split(',') ?? []) {
    const [, name = '', value = ''] = /^(\w+)(?:=(.*))?$/.exec(option) ?? [];
    if (name === 'size') mount.size = size(value);
    else if (name === 'mode') mount.mode = value;
    else if (name === 'nr_inodes') setInodes(mount, value);
    else if (name === 'uid' || name === 'gid') owner[name] = value;
    else if (name === 'ro') mount.readOnly = true;
    else if (name === 'exec' || name === 'noexec') mount.exec = name === 'exec';
    else if (!['rw', 'nosuid', 'nodev'].includes(name)) throw usage('--tmpfs', text, tmpfsForm);
  }
  if (rest.length > 0) throw usage('--tmpfs', text, tmpfsForm);
  return { ...mount, ...ownerOf(owner) };
}

/** Numbers of a user and a group, said apart. */
interface Owner {
  uid?: string;
  gid?: string;
}

function ownerOf({ uid, gid }: Owner): Pick<Mount, 'owner'> {
  return uid === undefined && gid === undefined ? {} : { owner: `${uid ?? '0'}:${gid ?? '0'}` };
}

/** What stands at a key of `--mount`, put into the mount; false for a value that the key does not have. */
type Setter = (mount: Mount, value: string) => boolean;

const take =
  (set: (mount: Mount, value: string) => void): Setter =>
  (mount, value) => {
    set(mount, value);
    return value !== '';
  };

/** Keys of docker's and podman's `--mount`, and those of the container file in their way of writing. */
const keys: { readonly [key: string]: Setter } = {
  readonly: flag((mount, isSet) => {
    mount.readOnly = isSet;
  }),
  exec: flag((mount, isSet) => {
    mount.exec = isSet;
  }),
  'bind-propagation': (mount, value) => {
    if (isPropagation(value)) mount.propagation = value;
    return isPropagation(value);
  },
  'if-missing': (mount, value) => {
    if (value !== 'fail' && value !== 'create' && value !== 'skip') return false;
    mount.ifMissing = value;
    return true;
  },
  subpath: take((mount, value) => {
    mount.subpath = value;
  }),
  'volume-nocopy': flag((mount, isSet) => {
    mount.copy = !isSet;
  }),
  owner: take((mount, value) => {
    mount.owner = value;
  }),
  'tmpfs-size': take((mount, value) => {
    mount.size = size(value);
  }),
  'tmpfs-mode': take((mount, value) => {
    mount.mode = value;
  }),
  'tmpfs-inodes': take(setInodes),
};

const synonyms: { readonly [key: string]: string } = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  'volume-subpath': 'subpath',
  'bind-subpath': 'subpath',
};

/** `type=bind|volume|tmpfs,source=...,target=...,...`, a field with a comma in it in quotes. */
export function mount(text: string): Mount {
  const fields = new Map(
    fieldsOf(text).map((field) => {
      const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(field) ?? [];
      return [synonyms[key] ?? key, value ?? 'true'];
    }),
  );
  const take = (key: string) => {
    const value = fields.get(key);
    fields.delete(key);
    return value;
  };
  const [type = 'volume', source, target] = ['type', 'source', 'target'].map(take);
  if (target === undefined) throw usage('--mount', text, 'target=PATH in it');
  const made: Mount = { ...kindOf(text, type, source), target };
  for (const [key, value] of fields) {
    const set = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (set === undefined)
      throw usage('--mount', text, `no key but type, source, target, ${Object.keys(keys).join(', ')}`);
    if (!set(made, value)) throw usage('--mount', text, `another value of ${key} than "${value}"`);
  }
  return made;
}

function kindOf(text: string, type: string, source: string | undefined): Omit<Mount, 'target'> {
  if (type === 'tmpfs' && source === undefined) return { tmpfs: true };
  if (type === 'bind' && source !== undefined) return { bind: source };
  if (type === 'volume') return source === undefined ? { volume: true } : ofName(source);
  if (type === 'tmpfs') throw usage('--mount', text, 'no source, which a tmpfs does not have');
  if (type === 'bind') throw usage('--mount', text, 'source= in it');
  throw usage('--mount', text, 'type=bind, type=volume or type=tmpfs');
}

/** As in a line of CSV, which is what docker takes it for. */
function fieldsOf(text: string): string[] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  );
}

function flag(set: (mount: Mount, isSet: boolean) => void): Setter {
  return (mount, value) => {
    if (!['true', '1', 'false', '0'].includes(value)) return false;
    set(mount, value === 'true' || value === '1');
    return true;
  };
}

function sourceOf(source: string): Pick<Mount, 'bind' | 'volume' | 'ifMissing'> {
  return /^(\/|\.\.?(\/|$))/.test(source) ? { bind: source } : ofName(source);
}

/** On a command line there is no place to say that a volume is to be made, which is why it is. */
function ofName(volume: string): Pick<Mount, 'volume' | 'ifMissing'> {
  return { volume, ifMissing: 'create' };
}

/** What is no number goes on as it is, to be refused where all values are checked. */
function setInodes(mount: Mount, value: string): void {
  Object.assign(mount, { inodes: /^\d{1,15}$/.test(value) ? Number(value) : value });
}

function isPropagation(text: string): text is NonNullable<Mount['propagation']> {
  return propagations.includes(text);
}
