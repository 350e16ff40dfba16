import { parsePort } from '../document/port.ts';
import { ScError } from '../errors/error.ts';
import { InvalidFileError } from '../errors/problem.ts';
import { DEFAULT_NETWORK } from '../network/new-network.ts';
import { Fields } from '../plan/fields.ts';
import { compileMonitor } from '../plan/monitor.ts';
import { portsOf } from '../plan/ports.ts';
import { compileResources } from '../plan/resources.ts';
import type { Container } from '../schema/container-file.ts';
import type { ChangedResources, UnpublishedPort, UpdateRequest } from '../schema/operations/update.ts';
import { atCommandLine } from './command-line-error.ts';
import { size } from './command-line-values.ts';
import { commandLine, runDocument } from './run-document.ts';
import type { RunFlags } from './run-flags.ts';
import type { Settings } from './settings.ts';

/** Those flags of `sc run` that say what can be changed later. */
export type UpdateFlags = Pick<
  RunFlags,
  | 'memory'
  | 'memory-swap'
  | 'memory-reservation'
  | 'cpus'
  | 'cpu-shares'
  | 'cpuset-cpus'
  | 'cpuset-mems'
  | 'pids-limit'
  | 'blkio-weight'
  | 'blkio-weight-device'
  | 'device-read-bps'
  | 'device-write-bps'
  | 'device-read-iops'
  | 'device-write-iops'
  | 'restart'
  | 'publish'
> & { unpublish?: string[] | undefined };

/** More memory than any machine has. */
const MUCH = '4p';

/** What the command line of `sc update` says, checked and converted as `sc run` does. Throws SC_USAGE. */
export async function updateRequest(
  containers: string[],
  flags: UpdateFlags,
  { publishAddress }: Pick<Settings, 'publishAddress'> = {},
): Promise<UpdateRequest> {
  return atCommandLine('update', {}, () => {
    const change = compile(flags, publishAddress);
    if (Object.keys(change).length === 0) throw new ScError('SC_USAGE', 'there is nothing to be changed');
    return { containers, ...change };
  });
}

function compile(
  { publish, unpublish, ...flags }: UpdateFlags,
  publishAddress: string | undefined,
): Omit<UpdateRequest, 'containers'> {
  const value = documentOf({ ...flags, ...(publish && { publish }) });
  for (const port of unpublish ?? []) checkUnpublished(port);
  const fields = new Fields('commandLine');
  const said = compileResources(value.resources ?? {}, fields);
  const { memory, memorySwap, memoryReservation, cpus, cpuWeight, cpuset, io, pids } = said;
  const resources: ChangedResources = {
    ...(flags.memory !== undefined && memory !== undefined && { memory }),
    ...(flags['memory-swap'] !== undefined && memorySwap !== undefined && { memorySwap }),
    ...(memoryReservation !== undefined && { memoryReservation }),
    ...(cpus !== undefined && { cpus }),
    ...(cpuWeight !== undefined && { cpuWeight }),
    ...(cpuset !== undefined && { cpuset }),
    ...(io !== undefined && { io }),
    ...(flags['pids-limit'] !== undefined && { pids }),
  };
  const { policy, maxRetries } = compileMonitor(value.monitor ?? {}, '/', fields).restart;
  return {
    ...(Object.keys(resources).length > 0 && { resources }),
    ...(flags.restart !== undefined && {
      restart: { policy, ...(maxRetries !== undefined && { maxRetries }) },
    }),
    ...(publish && { publish: publish.flatMap((text) => portsOf(text, publishAddress)) }),
    ...(unpublish && { unpublish: unpublish.flatMap(unpublishedPorts) }),
  };
}

function documentOf({ publish, ...flags }: Omit<UpdateFlags, 'unpublish'>): Container {
  const { value } = runDocument(
    {
      ...flags,
      memory: flags.memory ?? memoryBeside(flags['memory-swap']),
      name: 'update',
      ...(publish && { network: [DEFAULT_NETWORK], publish }),
      ...{ interactive: false, tty: false, rm: false, 'read-only': false, detach: true },
    },
    ['host', 'true'],
    {},
  );
  if (value.kind !== 'Container') throw new ScError('SC_INTERNAL', `update by a document of ${value.kind}`);
  return value;
}

/** Held to the form of a published one, and by itself: what is withdrawn may be published again elsewhere. */
function checkUnpublished(port: string): void {
  try {
    documentOf({ publish: [port] });
  } catch (error) {
    if (!(error instanceof InvalidFileError)) throw error;
    const problems = error.problems.map((problem) => ({ ...problem, path: '--unpublish' }));
    throw new InvalidFileError(commandLine, problems);
  }
}

/** Without an address it is meant wherever it is. */
function unpublishedPorts(text: string): UnpublishedPort[] {
  const address = parsePort(text)?.address;
  return portsOf(text).map(({ containerPort, protocol, hostPorts }) => ({
    containerPort,
    protocol,
    ...(hostPorts && { hostPorts }),
    ...(address !== undefined && { address }),
  }));
}

/** In a document a limit of memory and swap stands beside one of memory, which here is that of each container. */
function memoryBeside(both: string | undefined): string | undefined {
  if (both === undefined) return undefined;
  return size(both) === both ? MUCH : both;
}
