import type { ContainerFile } from '../schema/container-file.ts';

/** What is done as the file says: any value of a key, only certain ones, or key by key. */
type Honoured = 'any' | readonly unknown[] | { readonly [key: string]: Honoured };

/**
 * The keys of a container that are honoured, and for some the one value that is what happens anyway.
 * All else is refused: what is not written here cannot be forgotten and silently ignored.
 */
const container = {
  apiVersion: 'any',
  kind: 'any',
  metadata: 'any',
  labels: 'any',
  image: 'any',
  rootfs: 'any',
  process: { args: 'any', entrypoint: 'any', cwd: 'any', user: 'any', additionalGroups: 'any', umask: 'any' },
  environment: 'any',
  network: { mode: ['none'], hostname: 'any', domainName: 'any', dns: 'any', hosts: 'any' },
  namespaces: {
    pid: ['private'],
    mount: ['private'],
    uts: ['private'],
    ipc: ['private'],
    network: ['private'],
    cgroup: ['private'],
    time: ['host', 'private'],
    timeOffsets: 'any',
  },
  resources: {
    memory: 'any',
    memorySwap: 'any',
    memoryReservation: 'any',
    shm: 'any',
    cpus: 'any',
    cpuWeight: 'any',
    cpuset: 'any',
    pids: 'any',
    io: 'any',
    hugetlb: 'any',
    oomScoreAdjust: 'any',
    rlimits: 'any',
  },
  monitor: { init: 'any', restart: 'any', health: 'any', timeout: 'any' },
  logging: 'any',
  signals: 'any',
  terminal: 'any',
  security: {
    capabilities: 'any',
    seccomp: 'any',
    noNewPrivileges: 'any',
    maskedPaths: 'any',
    readOnlyPaths: 'any',
    sysctls: 'any',
    devices: 'any',
    apparmor: 'any',
    selinux: 'any',
    userNamespace: 'any',
    secrets: 'any',
  },
  mounts: {
    bind: 'any',
    tmpfs: 'any',
    target: 'any',
    readOnly: 'any',
    exec: 'any',
    ifMissing: 'any',
    propagation: 'any',
    subpath: 'any',
    owner: 'any',
    idmap: 'any',
    size: 'any',
    inodes: 'any',
    mode: 'any',
  },
} as const satisfies Honoured;

/** The same of a Job: it runs on the streams of its caller, and once. */
const job: Honoured = {
  ...container,
  monitor: { init: 'any', timeout: 'any', restart: { policy: ['never'] } },
  logging: { driver: ['none'] },
};

/** And of one whose caller may leave it: from then on it has a log. */
const leavableJob: Honoured = { ...job, logging: 'any' };

/** A field that is valid, but that nobody here can honour. */
interface Refusal {
  path: string;
  /** What is not supported: `kind Volume`, `"tcp"`. */
  what: string;
  /** Whether it is only since the document is a Job. */
  isOfJob?: boolean;
}

/**
 * The fields of a document that cannot be honoured: its kind, or single keys. `canBeLeft` says whether the
 * caller of a Job can leave it.
 */
export function refusedFields(document: ContainerFile, canBeLeft = false): Refusal[] {
  if (document.kind !== 'Job' && document.kind !== 'Container')
    return [{ path: 'kind', what: `kind ${document.kind}` }];
  if ('steps' in document) return [{ path: 'steps', what: 'a Job of steps' }];
  return document.kind === 'Job' ? refusedOfJob(document, canBeLeft) : refused(document, container, '');
}

function refusedOfJob(document: ContainerFile, canBeLeft: boolean): Refusal[] {
  const ofAny = refused(document, container, '');
  return refused(document, canBeLeft ? leavableJob : job, '').map((refusal) => ({
    ...refusal,
    isOfJob: !ofAny.some(({ path }) => path === refusal.path),
  }));
}

function refused(value: unknown, honoured: Honoured | undefined, path: string): Refusal[] {
  if (honoured === 'any' || isEmpty(value)) return [];
  if (Array.isArray(honoured)) return honoured.includes(value) ? [] : [{ path, what: JSON.stringify(value) }];
  if (Array.isArray(value))
    return value.flatMap((item, index) => refused(item, honoured, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [{ path, what: JSON.stringify(value) }];
  return Object.entries(value).flatMap(([key, inner]) => {
    const innerPath = path === '' ? key : `${path}.${key}`;
    return refused(inner, honoured === undefined ? undefined : Reflect.get(honoured, key), innerPath);
  });
}

/** `ports: []` asks for nothing. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
