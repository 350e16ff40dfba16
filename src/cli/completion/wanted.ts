import type { CompletableCommand, Flag } from './commands.ts';

/** What can stand in a place of a command line. */
export type Wanted =
  | { kind: 'files' | 'nothing' | 'paths' | 'backends' | 'drivers' }
  | { kind: 'images' | 'volumes' | 'networks' }
  /** `running` ones, or all; `places` are files of the host, or of a container behind its name. */
  | { kind: 'containers' | 'places'; running: boolean }
  | { kind: 'options'; options: readonly string[] };

const nothing: Wanted = { kind: 'nothing' };
const files: Wanted = { kind: 'files' };
const containers: Wanted = { kind: 'containers', running: false };

const byFlag: { readonly [name: string]: Wanted } = {
  backend: { kind: 'backends' },
  'storage-driver': { kind: 'drivers' },
  'volumes-from': containers,
  restart: { kind: 'options', options: ['no', 'on-failure', 'always', 'unless-stopped'] },
  network: { kind: 'options', options: ['none', 'bridge', 'host'] },
};

/** What the value of a flag can be; a flag of a file says so by the word for its value. */
export function wantedByFlag({ name, options, helpValue }: Flag): Wanted {
  if (options !== undefined) return { kind: 'options', options };
  return byFlag[name] ?? (/^(FILE|PATH|DIR)\b/.test(String(helpValue)) ? files : nothing);
}

const byArgument: { readonly [name: string]: Wanted } = {
  image: { kind: 'images' },
  images: { kind: 'images' },
  volume: { kind: 'volumes' },
  volumes: { kind: 'volumes' },
  network: { kind: 'networks' },
  networks: { kind: 'networks' },
  container: containers,
  containers,
  file: files,
  files,
  source: files,
  path: { kind: 'paths' },
};

/** Of what only runs. */
const live: readonly string[] = ['exec', 'attach', 'top', 'port', 'pause', 'kill', 'stop', 'stats'];

/** What the next argument of a command can be, behind those that are given. What is a program's is its own. */
export function wantedByArgument({ id, args }: CompletableCommand, given: readonly string[]): Wanted {
  if (id === 'run') return given.length === 0 ? { kind: 'images' } : files;
  if (id === 'exec') return given.length === 0 ? { kind: 'containers', running: true } : nothing;
  if (id === 'copy') return { kind: 'places', running: false };
  if (id === 'diff') return containers;
  const all = Object.values(args);
  const argument = all[given.length] ?? (all.at(-1)?.multiple ? all.at(-1) : undefined);
  if (argument === undefined) return nothing;
  if (argument.options !== undefined) return { kind: 'options', options: argument.options };
  const wanted = byArgument[argument.name] ?? nothing;
  return wanted === containers && live.includes(id) ? { kind: 'containers', running: true } : wanted;
}
