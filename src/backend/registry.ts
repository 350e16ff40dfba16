import { isAbsolute } from 'node:path';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import { findProgram, HOST_PATH } from '../linux/find-program.ts';
import type { AnyBackend, LivePowers } from './backend.ts';
import type { DeclaredFeatures, DeclaredFields } from './features.ts';

/** Before the name or the absolute path of a runtime of the OCI. */
const OCI = 'oci:';

/** What is known of a backend before anything of it is loaded. */
export interface Registered {
  open: (root: string) => Promise<AnyBackend>;
  /** What many containers are asked for at once, so that it is had without the rest of the backend. */
  live?: (root: string) => Promise<LivePowers>;
  /** What it declares, likewise. */
  fields: () => Promise<DeclaredFields>;
  /** The program of the host that it runs containers with, by name or absolute path. */
  program?: string;
}

/** Those of a container that has a keeper of ours, whoever has made it. */
const livePowers = async (): Promise<LivePowers> => ({
  ...(await import('./native/accounting.ts')).nativeAccounting,
  ...(await import('./native/attach.ts')).nativeAttaching,
  ...(await import('./native/pausing.ts')).nativePausing,
});

const backends: Record<string, Registered> = {
  native: {
    open: async (root) => (await import('./native/native.ts')).nativeBackend({ root }),
    live: livePowers,
    fields: async () => (await import('./native/features.ts')).nativeFields,
  },
  lxc: {
    open: async (root) => (await import('./lxc/lxc.ts')).lxcBackend({ root }),
    live: livePowers,
    fields: async () => (await import('./lxc/features.ts')).lxcFields,
    program: 'lxc-start',
  },
  'oci:runc': oci('runc'),
  'oci:crun': oci('crun'),
};

function oci(runtime: string): Registered {
  return {
    open: async (root) => (await import('./oci/oci.ts')).ociBackend({ root, runtime }),
    live: livePowers,
    fields: async () => (await import('./oci/features.ts')).ociFields,
    program: runtime,
  };
}

const names = Object.keys(backends);

/** Those that are known, by their names. */
export const backendNames: readonly string[] = names;

/** Adds one of somebody else's. Throws SC_EXISTS for a name that is taken. */
export function addBackend(name: string, backend: Registered): void {
  if (isBackendName(name)) throw new ScError('SC_EXISTS', `backend "${name}" is there already`);
  backends[name] = backend;
  names.push(name);
}

/** Loads a backend by its name; nothing of the others is loaded. Throws SC_USAGE for an unknown name. */
export async function openBackend(name: string, root: string): Promise<AnyBackend> {
  return registered(name).open(root);
}

/** What a backend can do with containers that run. Throws SC_USAGE for an unknown name. */
export async function openLivePowers(name: string, root: string): Promise<LivePowers> {
  return registered(name).live?.(root) ?? {};
}

/** What a backend declares; nothing else of it is loaded. Throws SC_USAGE for an unknown name. */
export async function featuresOf(name: string): Promise<DeclaredFeatures> {
  return { backend: name, fields: await registered(name).fields() };
}

/** The same of all others that are known. */
export async function featuresOfOthers(name: string): Promise<DeclaredFeatures[]> {
  return Promise.all(backendNames.filter((known) => known !== name).map(featuresOf));
}

/** Whether the program that a backend takes is where it looks for it. Throws SC_USAGE for an unknown name. */
export function isInstalled(name: string): boolean {
  const { program } = registered(name);
  return program === undefined || findProgram(program, HOST_PATH) !== undefined;
}

/** The backends that may have made a container of which nobody knows more: those known, and each runtime used here. */
export async function possibleBackends(root: string): Promise<string[]> {
  const { usedRuntimes } = await import('./oci/records.ts');
  const used = usedRuntimes(root).map((runtime) => `${OCI}${runtime}`);
  return [...new Set([...backendNames, ...used.filter(isBackendName)])];
}

/** Throws SC_USAGE for an unknown name, and loads nothing. */
export function checkBackendName(name: string): void {
  registered(name);
}

/** Whether a backend of this name is known now. */
export function isBackendName(name: string): boolean {
  return known(name) !== undefined;
}

/** Every runtime can be named by its path. */
function known(name: string): Registered | undefined {
  if (Object.hasOwn(backends, name)) return backends[name];
  const runtime = name.startsWith(OCI) ? name.slice(OCI.length) : '';
  return isAbsolute(runtime) ? oci(runtime) : undefined;
}

function registered(name: string): Registered {
  const backend = known(name);
  if (backend !== undefined) return backend;
  throw new ScError('SC_USAGE', `unknown backend "${name}"${didYouMean(name, backendNames)}`, {
    hint: [...backendNames, `${OCI}/path/to/runtime`].map((each) => `--backend ${each}`).join(' or '),
  });
}
