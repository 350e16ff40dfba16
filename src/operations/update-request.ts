import { ScError } from '../errors/error.ts';
import { Fields } from '../plan/fields.ts';
import { compileMonitor } from '../plan/monitor.ts';
import { compileResources } from '../plan/resources.ts';
import type { ChangedResources, UpdateRequest } from '../schema/operations/update.ts';
import { atCommandLine } from './command-line-error.ts';
import { size } from './command-line-values.ts';
import { runDocument } from './run-document.ts';
import type { RunFlags } from './run-flags.ts';

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
>;

/** More memory than any machine has. */
const MUCH = '4p';

/** What the command line of `sc update` says, checked and converted as `sc run` does. Throws SC_USAGE. */
export async function updateRequest(containers: string[], flags: UpdateFlags): Promise<UpdateRequest> {
  return atCommandLine('update', {}, () => {
    const { resources, restart } = compile(flags);
    if (resources === undefined && restart === undefined)
      throw new ScError('SC_USAGE', 'there is nothing to be changed');
    return { containers, ...(resources && { resources }), ...(restart && { restart }) };
  });
}

function compile(flags: UpdateFlags): Pick<UpdateRequest, 'resources' | 'restart'> {
  const { value } = runDocument(
    {
      ...flags,
      memory: flags.memory ?? memoryBeside(flags['memory-swap']),
      name: 'update',
      ...{ interactive: false, tty: false, rm: false, 'read-only': false, detach: true },
    },
    ['host', 'true'],
    {},
  );
  if (value.kind !== 'Container') throw new ScError('SC_INTERNAL', `update by a document of ${value.kind}`);
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
  const { policy, maxRetries } = compileMonitor(value.monitor ?? {}, fields).restart;
  return {
    ...(Object.keys(resources).length > 0 && { resources }),
    ...(flags.restart !== undefined && {
      restart: { policy, ...(maxRetries !== undefined && { maxRetries }) },
    }),
  };
}

/** In a document a limit of memory and swap stands beside one of memory, which here is that of each container. */
function memoryBeside(both: string | undefined): string | undefined {
  if (both === undefined) return undefined;
  return size(both) === both ? MUCH : both;
}
