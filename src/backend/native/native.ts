import { join } from 'node:path';
import type {
  Accounting,
  Attaching,
  Backend,
  Confirming,
  Detaching,
  Executing,
  Explaining,
  LaunchRequest,
  Pausing,
  Recording,
  Updating,
  UserNamespaces,
} from '../backend.ts';
import { removeAddedGroups } from './added-groups.ts';
import { startOf } from './failure.ts';
import { makeHeld } from './held.ts';
import { judgeLimits, removeLeftCgroups, settle, viewHost } from './host.ts';
import { joinedNetwork } from './joined-network.ts';
import { startKeeper } from './keeper.ts';
import { keptPowers } from './kept.ts';
import { lacking } from './lacking.ts';
import { mapBinds } from './mapped-binds.ts';
import { ownersObstacle } from './probe.ts';
import { explain } from './program/explain.ts';
import { refusedByHost } from './refusals.ts';
import type { RenderRequest } from './render/input.ts';
import { renderContainer } from './render/keeper.ts';
import { renderSmallInit } from './render/small-init.ts';
import { type SmallInitFiles, sealSmallInit } from './small-init.ts';
import { checkSecret, sourceKind, withoutSkipped } from './source.ts';
import { hostNullStreams, streamsOf } from './streams.ts';

/** Where the native engine keeps and makes what is not the containers' own. */
export interface NativeOptions {
  /** sc's directory; compiled system call filters are kept below it. */
  root: string;
  /** The control group above those of the containers, in each hierarchy. */
  cgroupParent?: string;
}

/** The Linux kernel, directly: each container is rendered as a list of system calls. */
export function nativeBackend(
  options: NativeOptions,
): Backend &
  Accounting &
  Attaching &
  Confirming &
  Detaching &
  Executing &
  Explaining &
  Pausing &
  Recording &
  Updating &
  UserNamespaces {
  const cgroupParent = options.cgroupParent ?? '/sc';
  const cacheDirectory = join(options.root, 'cache', 'seccomp');
  const render = (request: RenderRequest) => {
    const container = withoutSkipped(request.container);
    container.security.secrets.forEach(checkSecret);
    const host = viewHost(container, { cgroupParent, cacheDirectory, sourceKind });
    const mappedBinds = mapBinds({ ...request, container });
    const rendered = { ...request, container, mappedBinds };
    return {
      program: renderContainer(rendered, host),
      smallInit: container.monitor.init ? renderSmallInit(rendered) : undefined,
    };
  };
  const cleanUp = (id: string) => removeLeftCgroups(cgroupParent, id);
  return {
    name: 'native',
    unsupported: (container) => refusedByHost(container, cacheDirectory),
    remarks: (container) => judgeLimits(container).remarks,
    lacking,
    launch: async (request: LaunchRequest) => {
      const { id, process } = request.container;
      settle();
      const leave = () => leaveAddedGroups(request);
      const held = request.detached && (await makeHeld(request, () => cleanUp(id)));
      const given = { ...request, ...(held && { stdio: held }) };
      let files: SmallInitFiles | undefined;
      try {
        // Of an earlier run whose end nobody has waited for.
        if (held) await leave();
        const { program, smallInit } = render({ ...given, nullStreams: hostNullStreams(given) });
        files = smallInit && sealSmallInit(smallInit);
        return await startKeeper({
          program,
          streams: streamsOf(given),
          held: (own) => [
            ...(held ? held.forKeeper(own) : []),
            ...(files ? files.forKeeper : []),
            ...joinedNetwork(request),
            ...(request.holds ?? []),
          ],
          attempt: startOf(process.args[0], smallInit),
          cleanUp: () => cleanUp(id),
          leave,
          ...(request.hearLog && { hearLog: request.hearLog }),
        });
      } finally {
        held?.release();
        files?.release();
      }
    },
    ...keptPowers({ cgroupParent, cacheDirectory, cleanUp }),
    ownersObstacle,
    explain: (request) => {
      const { program, smallInit } = render(request);
      return [...explain(program), ...(smallInit ? ['in the init:', ...explain(smallInit)] : [])];
    },
    record: async () => (await import('./recorder/recorder.ts')).startRecorder(),
  };
}

async function leaveAddedGroups({ recordDirectory }: LaunchRequest): Promise<void> {
  if (recordDirectory !== undefined) await removeAddedGroups(recordDirectory);
}
