import { closeSync, openSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { rootOf } from '../../linux/cgroup/cgroup.ts';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import { parseParent } from '../../linux/cgroup/path.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { processReference } from '../../linux/process.ts';
import { parseLimits, readHostRlimits, rlimits, unlimited } from '../../linux/rlimits.ts';
import type { ProcessReference } from '../../schema/container-state.ts';
import type { DetachRequest } from '../backend.ts';
import { failureOf, startOf } from './failure.ts';
import { type DetachGroup, renderDetach } from './render/detach.ts';
import { hearKeeper } from './report.ts';
import { reap, spawnStage } from './spawn.ts';

/**
 * Starts a program of the host that lives on; resolves when it is executed. Answers which process it is, unless it
 * has ended already. Throws what failed.
 */
export async function detach(
  cgroupParent: string,
  request: DetachRequest,
): Promise<ProcessReference | undefined> {
  const { argv, environment, group, log } = request;
  const nothing = openSync('/dev/null', 'r');
  const output = openSync(log, 'a', 0o600);
  try {
    const groups = groupsFor(cgroupParent, group);
    const program = renderDetach({ argv, environment, groups, rlimits: limitsOfHost() });
    const stage = spawnStage(program, { stdin: nothing, stdout: output, stderr: output });
    closeSync(stage.control);
    let pid: number | undefined;
    let failure: Error | undefined;
    await hearKeeper(stage.report, (message) => {
      if (message.type === 'started') pid = message.pid;
      if (message.type === 'failed') failure = failureOf(program, message.index, message.errno, startOf());
    });
    reap(stage.pid);
    if (failure) throw failure;
    return pid === undefined ? undefined : referenceOf(pid);
  } finally {
    closeSync(nothing);
    closeSync(output);
  }
}

/**
 * Takes this process out of those groups, if it is in them, and removes them; of no effect where other processes of
 * them live. Not where the kernel does not let a process be above groups ("no internal processes", cgroups(7)).
 */
export function leaveGroups(cgroupParent: string, group: string): void {
  const { hierarchies } = readHostCgroups();
  const isInside = readFileSync('/proc/self/cgroup', 'utf8').includes(`/${group}\n`);
  for (const hierarchy of hierarchies) {
    if (isInside) attempt(() => writeFileSync(`${rootOf(hierarchy)}/cgroup.procs`, '0'));
    const above = parseParent(cgroupParent);
    attempt(() => rmdirSync([rootOf(hierarchy), ...above, group].join('/')));
    for (const [depth] of above.entries())
      attempt(() => rmdirSync([rootOf(hierarchy), ...above.slice(0, above.length - depth)].join('/')));
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Somebody is still in it.
  }
}

/** In each tree; a cpuset of v1 takes nobody before it has processors, so that there it is the root. */
function groupsFor(cgroupParent: string, group: string): DetachGroup[] {
  return readHostCgroups().hierarchies.map((hierarchy) => {
    const isAtRoot = hierarchy.version === 1 && hierarchy.controllers.includes('cpuset');
    return { root: rootOf(hierarchy), names: isAtRoot ? [] : [...parseParent(cgroupParent), group] };
  });
}

function referenceOf(pid: number): ProcessReference | undefined {
  try {
    return processReference(pid);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
}

/** Those of the machine's first process, as far as this one may have them. */
function limitsOfHost() {
  const own = readHostRlimits();
  const first = parseLimits(readFileSync('/proc/1/limits', 'utf8'));
  return rlimits.map((name, resource) => {
    const hard = own.get(name)?.hard ?? unlimited;
    const soft = first.get(name)?.soft ?? unlimited;
    const isWithin = hard === unlimited || (soft !== unlimited && soft <= hard);
    return { name, resource, soft: isWithin ? soft : hard, hard };
  });
}
