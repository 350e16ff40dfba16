import { closeSync, readFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { missingGroups } from '../../linux/cgroup/membership.ts';
import { type CgroupMountpoint, cgroupMounts } from '../../linux/cgroup/mounts.ts';
import { openProcess } from '../../linux/pidfd.ts';
import { processIsAlive, readProcessFile } from '../../linux/process.ts';
import type { ContainerHandle, ExecuteRequest } from '../backend.ts';
import { entryOf } from './failure.ts';
import { viewProgram } from './host.ts';
import { startKeeper } from './keeper.ts';
import { renderExec } from './render/exec.ts';
import type { ExecRenderRequest } from './render/input.ts';
import { hostNullStreams, streamsOf } from './streams.ts';

let mounts: readonly CgroupMountpoint[] | undefined;

/** Starts a keeper that executes a program in a container that runs. */
export async function execute(
  request: ExecuteRequest,
  options: { cacheDirectory: string },
): Promise<ContainerHandle> {
  const { container, init, abort } = request;
  // A kill that is sent with the start comes now before the program and now after it.
  if (abort?.aborted) {
    throw new ScError(
      'SC_START_FAILED',
      `execute in "${container.name}": it was aborted before it had begun`,
    );
  }
  const groups = groupsOf(request);
  // What was read until now is of that very process, if it is still there.
  const pidfd = groups && openProcess(init);
  if (groups === undefined || pidfd === undefined) {
    throw new ScError('SC_WRONG_STATE', `execute in "${container.name}": it has ended`);
  }
  try {
    const view = viewProgram(container, options);
    const program = renderExec({ ...request, groups, nullStreams: hostNullStreams(request) }, view);
    return await startKeeper({
      program,
      streams: streamsOf(request),
      held: () => [pidfd],
      attempt: entryOf(container.process.args[0]),
      abort,
      // Whoever is inside dies with the keeper, and the groups are the container's.
      cleanUp: async () => undefined,
    });
  } finally {
    closeSync(pidfd);
  }
}

/** What the keeper joins and, from there, the program; undefined where the container has ended. */
function groupsOf({ init, keeper }: ExecuteRequest): ExecRenderRequest['groups'] | undefined {
  mounts ??= cgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const ofInit = readProcessFile(init.pid, 'cgroup');
  const ours = readFileSync('/proc/self/cgroup', 'utf8');
  const ofKeeper = keeper === undefined ? ours : readProcessFile(keeper.pid, 'cgroup');
  const isGone = keeper !== undefined && !processIsAlive(keeper);
  if (ofInit === undefined || ofKeeper === undefined || isGone) return undefined;
  return {
    keeper: missingGroups(ofKeeper, ours, mounts),
    program: missingGroups(ofInit, ofKeeper, mounts),
  };
}
