import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { Support } from '../schema/features.ts';
import { type FieldPath, fieldPaths } from '../schema/field-paths.ts';
import { type DeclaredFields, none } from './features.ts';
import { type LeastBackend, wholeBackend } from './least.ts';
import { addBackend } from './registry.ts';

/** A field whose default confines a container: a file that says nothing of it asks for that all the same. */
export type ConfiningField =
  | 'network.mode'
  | 'namespaces.pid'
  | 'namespaces.mount'
  | 'namespaces.uts'
  | 'namespaces.ipc'
  | 'namespaces.network'
  | 'namespaces.cgroup'
  | 'resources.pids'
  | 'security.seccomp'
  | 'security.noNewPrivileges'
  | 'security.capabilities.add'
  | 'security.maskedPaths.add'
  | 'security.readOnlyPaths.add';

/** Their defaults. */
const confining: Readonly<Record<ConfiningField, unknown>> = {
  'network.mode': 'none',
  'namespaces.pid': 'private',
  'namespaces.mount': 'private',
  'namespaces.uts': 'private',
  'namespaces.ipc': 'private',
  'namespaces.network': 'private',
  'namespaces.cgroup': 'private',
  'resources.pids': 2048,
  'security.seccomp': 'default',
  'security.noNewPrivileges': true,
  'security.capabilities.add': [],
  'security.maskedPaths.add': [],
  'security.readOnlyPaths.add': [],
};

/**
 * How far a backend supports the fields of a container, by their paths in the schema of the container file. What is not
 * here is refused by its path, but for those fields whose defaults confine a container: these have to be here, and where
 * their default is not supported that has to be said too (`unsupportedDefault`).
 */
export type BackendFields = Readonly<
  Record<ConfiningField, Support> & Partial<Record<Exclude<FieldPath, ConfiningField>, Support>>
>;

/** Opens a backend for a directory of state, absolute, below which it may keep what it needs. */
export type BackendOpener = (root: string) => LeastBackend | Promise<LeastBackend>;

/**
 * Adds a backend of somebody else's, which `--backend NAME` chooses then. Throws SC_EXISTS for a name that is taken, and
 * SC_USAGE for one that is none, for a field that there is not, and for one that has to be declared and is not.
 */
export function registerBackend(name: string, open: BackendOpener, fields: BackendFields): void {
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
    throw new ScError('SC_USAGE', `use ${JSON.stringify(name)} as the name of a backend: it is none`, {
      hint: 'a letter, then letters, digits and "-", all of them small',
    });
  }
  const declared = wholeFields(name, fields);
  addBackend(name, {
    open: async (root) => wholeBackend(name, await open(root)),
    live: async (root) => wholeBackend(name, await open(root)),
    fields: async () => declared,
  });
}

function wholeFields(name: string, fields: Partial<Record<string, Support>>): DeclaredFields {
  for (const path of Object.keys(fields)) {
    if (!fieldPaths.some((known) => known === path))
      throw refusal(name, `there is no field "${path}"${didYouMean(path, fieldPaths)}`);
  }
  for (const [path, byDefault] of Object.entries(confining))
    refuseSilence(name, path, byDefault, fields[path]);
  const undeclared = none('it does not declare this field');
  return Object.fromEntries(fieldPaths.map((path) => [path, fields[path] ?? undeclared])) as DeclaredFields;
}

/** What a file does not say would not be done, and nobody would hear of it. */
function refuseSilence(name: string, path: string, byDefault: unknown, support: Support | undefined): void {
  if (support?.support === 'all') return;
  if (support?.support === 'some') {
    const { values, unsupportedDefault } = support;
    if (unsupportedDefault !== undefined || Array.isArray(byDefault) || values.includes(byDefault)) return;
  }
  throw refusal(
    name,
    `it does not say whether "${path}" is ${JSON.stringify(byDefault)} where a file says nothing`,
  );
}

function refusal(name: string, why: string): ScError {
  return new ScError('SC_USAGE', `register backend "${name}": ${why}`, {
    hint: 'declare all values, or some with the default among them or as `unsupportedDefault`',
  });
}
