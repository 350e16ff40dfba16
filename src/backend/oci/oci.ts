import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { defaultCapabilities } from '../../linux/capabilities.ts';
import { rootOf } from '../../linux/cgroup/cgroup.ts';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import { deviceAt, deviceRules } from '../../linux/devices.ts';
import { type Limit, readHostRlimits, unlimited } from '../../linux/rlimits.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { Support } from '../../schema/features.ts';
import type {
  Backend,
  Confirming,
  Depending,
  Explaining,
  LaunchRequest,
  Unsupported,
  UserNamespaces,
} from '../backend.ts';
import { deviceControl } from '../native/devices.ts';
import { judgeLimits } from '../native/host.ts';
import { type KeptPowers, keptPowers } from '../native/kept.ts';
import { lacking, moderateLimits } from '../native/lacking.ts';
import { ownersObstacle } from '../native/probe.ts';
import { refusedByHost } from '../native/refusals.ts';
import type { HostView, RenderRequest } from '../native/render/input.ts';
import {
  cleanUpByTool,
  explainByTool,
  launchByTool,
  type ToolBackend,
  type ToolOptions,
} from '../tool/launch.ts';
import { AWAIT_ENTRY } from '../tool/render/hear-entry.ts';
import { CONSOLE_SOCKET, ENTRY_DESCRIPTORS, type Tool } from '../tool/tool.ts';
import { type ConfigHost, formatConfig, renderConfig } from './config.ts';
import { ociFields } from './features.ts';
import { pointsOf, timeOfHooks } from './hooks.ts';
import { isJudgedByVersion, refusedHybrid, unseenLimits } from './hybrid.ts';
import { type Judged, lackOfUsers, type Offer, parseOffer, refusedByOffer } from './offer.ts';
import { answerOf } from './offer-cache.ts';
import { recordsOf } from './records.ts';
import {
  callRuntime,
  findRuntime,
  noEnd,
  notInTime,
  RUNTIME_ENVIRONMENT,
  type Runtime,
  wordsOf,
} from './runtime.ts';

interface OciOptions {
  /** sc's directory. */
  root: string;
  /** Name or path of the runtime: `runc`. */
  runtime: string;
  cgroupParent?: string;
  /** Milliseconds in which each call of the runtime has to come back. */
  patience?: number;
}

/** Long for a machine that is busy with a hundred starts, short for one who waits. */
const PATIENCE = 30_000;

/** Bytes that a runtime may say, and write into any other file. */
const MOST_SAID = 16 * 1024 * 1024;

const CONFIG = 'config.json';
const ARCHITECTURE = process.arch === 'arm64' ? 'SCMP_ARCH_AARCH64' : 'SCMP_ARCH_X86_64';
/** What is in the directory of a container that has begun: of runc, and of crun. */
const RECORDS = ['state.json', 'status', 'config.json'];

/** A runtime of the OCI: it makes the surroundings of each container; keeper and program are as on native. */
export function ociBackend({
  root,
  runtime: name,
  cgroupParent = '/sc',
  patience = PATIENCE,
}: OciOptions): Backend & Confirming & Depending & Explaining & KeptPowers & UserNamespaces {
  const options: ToolOptions = { root, cgroupParent };
  const cacheDirectory = join(root, 'cache', 'seccomp');
  const tools = toolsOf(name, options, patience);
  let offer: Offer | undefined;
  let refusedAlways: Unsupported[] = [];
  const refusedByRuntime = (container: Judged) => [
    ...refusedAlways,
    ...refusedByOffer(container, offer, {
      mode: readHostCgroups().mode,
      architecture: ARCHITECTURE,
      words: basename(name),
    }),
  ];
  const cleanUp = (id: string) => cleanUpByTool(id, tools, options);
  return {
    name: `oci:${name}`,
    unsupported: (container) => [
      ...refusedByHost(container, cacheDirectory),
      ...unseenLimits(container.resources, readHostCgroups()),
      ...refusedByRuntime(container),
    ],
    lookAtProgram: async () => {
      const found = findRuntime(name);
      const ask = (question: Parameters<typeof answerOf>[1]) => answerOf(found, question, { root, patience });
      const host = readHostCgroups();
      offer = parseOffer(await ask('features'));
      refusedAlways = isJudgedByVersion(found.path, host)
        ? refusedHybrid(await ask('--version'), host.hierarchies)
        : [];
    },
    lacking: () => [
      ...lacking().filter(({ path }) => isDeclared(path)),
      ...unseenLimits(moderateLimits(), readHostCgroups()),
      ...refusedByRuntime(ordinary),
    ],
    remarks: (container) => judgeLimits(container).remarks,
    launch: (request: LaunchRequest) => launchByTool(request, tools, options),
    explain: (request) => explainByTool(request, tools, options),
    ...keptPowers({ cgroupParent, cacheDirectory, cleanUp }),
    ownersObstacle: (...paths) => lackOfUsers(offer, basename(name)) ?? ownersObstacle(...paths),
  };
}

const ordinary: Judged = {
  network: { mode: 'none' },
  security: { capabilities: [...defaultCapabilities], seccomp: 'default' },
};

function isDeclared(path: string): boolean {
  const fields: Readonly<Record<string, Support>> = ociFields;
  return fields[path]?.support !== 'none';
}

function toolsOf(name: string, { root, cgroupParent }: ToolOptions, patience: number): ToolBackend {
  let found: Runtime | undefined;
  const runtime = (): Runtime => {
    found ??= findRuntime(name);
    return found;
  };
  const records = recordsOf(root, name);
  return {
    toolFor: (request, directory) => toolFor(runtime(), records, request, directory, patience),
    filesFor: (request, host) =>
      new Map([[CONFIG, formatConfig(renderConfig(request, hostOf(request, host, cgroupParent)))]]),
    forget: async (id) => {
      if (!existsSync(records)) return;
      try {
        await callRuntime(runtime(), ['--root', records, 'delete', '--force', id], patience);
      } catch (error) {
        if (!isUnusable(error)) throw error;
      } finally {
        rmSync(join(records, id), { recursive: true, force: true });
      }
    },
    explain: (label, errno, said, container) =>
      explain(runtime(), label, errno, {
        said,
        container,
        patience: patience + timeOfHooks(container.hooks),
      }),
  };
}

/**
 * A runtime that is not there any more, or hangs, is no reason to keep what it has made: processes end with their
 * control groups, mounts with the keeper, and its own record lies below our directory.
 */
function isUnusable(error: unknown): boolean {
  return error instanceof ScError && ['SC_HOST_UNFIT', 'SC_TIMEOUT'].includes(error.code);
}

function toolFor(
  { path, words }: Runtime,
  records: string,
  { container }: RenderRequest,
  directory: string,
  patience: number,
): Tool {
  const { id, terminal, hooks } = container;
  const fileSize = ownFileSize();
  const command = (verb: string, ...args: string[]) => ({
    argv: [path, '--root', records, verb, ...args, id],
    words: `${words} ${verb}`,
  });
  return {
    directory,
    files: [CONFIG],
    environment: RUNTIME_ENVIRONMENT,
    make: {
      ...command(
        'run',
        ...['--detach', '--bundle', directory, '--preserve-fds', String(ENTRY_DESCRIPTORS)],
        ...(terminal.tty ? ['--console-socket', CONSOLE_SOCKET] : []),
      ),
      patience: patience + timeOfHooks(hooks),
    },
    remove: command('delete', '--force'),
    record: { directory: join(records, id), files: RECORDS },
    patience,
    fileSize: {
      ...fileSize,
      soft: fileSize.hard === unlimited ? MOST_SAID : Math.min(MOST_SAID, fileSize.hard),
    },
  };
}

/** The limit of this process, which a container has if it says nothing else. */
function ownFileSize(): Limit {
  return readHostRlimits().get('fsize') ?? { soft: unlimited, hard: unlimited };
}

function hostOf({ container }: RenderRequest, view: HostView, cgroupParent: string): ConfigHost {
  const host = readHostCgroups();
  const cpu = host.hierarchies.find(({ controllers }) => controllers.includes('cpu'));
  const [place] = host.hierarchies.filter(({ delegated }) => delegated !== undefined);
  const above = place === undefined ? '' : rootOf(place).slice(place.path.length);
  const { security, id } = container;
  return {
    rlimits: view.rlimits.some(({ name }) => name === 'fsize')
      ? view.rlimits
      : [...view.rlimits, { name: 'fsize', ...ownFileSize() }],
    oomScore: view.oomScore,
    devices: view.devices,
    cgroupsPath: `${above}${cgroupParent}/${id}`,
    resources: {
      hasCpuOfV2: cpu?.version === 2,
      accountsSwap: host.accountsSwap,
      devices: deviceControl(security, view.devices, host) ?? deviceRules([], false),
      numbersOf: deviceAt,
    },
    groupsOfV1: host.mode === 'v2' ? undefined : groupsOfV1(view),
    architecture: ARCHITECTURE,
  };
}

/** Those that are to be seen inside. */
function groupsOfV1({ cgroups }: HostView): { name: string; path: string }[] {
  const seen = new Set(cgroups.mounts.filter(({ type }) => type === 'cgroup').map(({ name }) => name));
  return cgroups.groups
    .map(({ hierarchy, path }) => ({ name: basename(hierarchy), path }))
    .filter(({ name }) => seen.has(name));
}

/** What is known of a call that has failed. */
interface Said {
  said: string;
  container: ContainerSpec;
  /** Milliseconds that it had. */
  patience: number;
}

/** The errors of the steps that are the runtime's. Its words are for people; nothing is concluded from them. */
function explain(
  { words, path }: Runtime,
  label: string,
  errno: string,
  { said, container, patience }: Said,
): ScError | undefined {
  const isOfRuntime = label.startsWith(`${words} `) || label === AWAIT_ENTRY;
  if (label === `execute ${path}`) {
    return new ScError('SC_HOST_UNFIT', `${label}: ${errno}`, { errno, hint: 'name a program of this host' });
  }
  if (label === AWAIT_ENTRY) {
    const says = `${words} run: it says that the container runs, and`;
    if (errno === 'ESRCH')
      return new ScError('SC_START_FAILED', `${says} there is none`, { hint: hintFor() });
    if (errno === 'ETIMEDOUT')
      return notInTime(`${says} its first process has said nothing within ${patience / 1000} s`);
  }
  if (!isOfRuntime) return undefined;
  if (errno === 'ETIMEDOUT') return noEnd(label, patience);
  if (errno === 'ECANCELED') return undefined;
  const reason = wordsOf(said) || 'it has not said why';
  return new ScError('SC_START_FAILED', `${label}: ${reason}`, { hint: hintFor(reason, container) });
}

/** What is known to go wrong on such a host, where the runtime says so. */
function hintFor(said = '', { hooks, security }: Partial<ContainerSpec> = {}): string {
  if (/\bhooks?\b/.test(said) && pointsOf(hooks).length > 0) {
    const isOfUsers = hooks?.createContainer && security?.userNamespace;
    const users = 'crun runs hooks.createContainer with security.userNamespace: host alone\n';
    return `${isOfUsers ? users : ''}look at what the hook does, or give it more time (timeout)`;
  }
  const isOfHybrid = readHostCgroups().mode === 'hybrid' && /hybrid|file ?system type/i.test(said);
  const hybrid = 'it refuses a host with both versions of control groups: mount one alone\n';
  return `${isOfHybrid ? hybrid : ''}use another runtime, or --backend native`;
}
