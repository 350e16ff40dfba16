import type { CgroupPlan, CgroupWrite } from '../../../linux/cgroup/cgroup.ts';
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  EBUSY,
  EEXIST,
  ENODEV,
  ENOENT,
  O_CLOEXEC,
  O_RDONLY,
  O_WRONLY,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry, Label } from '../program/program.ts';
import { attachDeviceProgram } from './device-control.ts';
import { close } from './mount-api.ts';

/** Milliseconds before each further try to remove a group whose last process is just going. */
const RMDIR_DELAYS = [1, 2, 5, 20, 100, 500, 2000];

/**
 * Makes the container's groups with their limits. The parents are shared and are removed by
 * the last container that leaves, maybe between our two calls: then they are made again.
 */
export function makeCgroups(
  p: ProgramBuilder,
  plan: CgroupPlan,
): { groups: Entry[]; oom: Entry | undefined } {
  let oom: Entry | undefined;
  const groups = plan.groups.map((group) => {
    makeGroup(p, plan.parents, group.path);
    limitGroup(p, group);
    if (group.deviceProgram !== undefined) attachDeviceProgram(p, group.path, group.deviceProgram);
    if (group.oom !== undefined) oom = open(p, `${group.path}/${group.oom}`, O_RDONLY);
    return openProcs(p, `${group.path}/${group.procsFile}`);
  });
  return { groups, oom };
}

/** A group, and what is above it: as long as the group is there nobody removes that. */
export function makeGroup(p: ProgramBuilder, parents: CgroupPlan['parents'], path: string): void {
  const again = p.label(`make what is above ${path}`);
  p.place(again);
  const above = parents.filter((parent) => path.startsWith(`${parent.path}/`));
  for (const [depth, { path, files }] of above.entries()) {
    // Without the first one there is no tree here.
    makeDirectory(p, path, [0, -EEXIST], depth > 0 ? again : undefined);
    for (const { file, value } of files ?? []) writeFile(p, `${path}/${file}`, [value], again);
  }
  makeDirectory(p, path, [0], again);
}

/** All limits of a group that is there. */
export function limitGroup(p: ProgramBuilder, { path, writes }: CgroupPlan['groups'][number]): void {
  for (const { file, values } of byFile(writes)) writeFile(p, `${path}/${file}`, values);
}

/** The file of a group by which processes join it. */
export function openProcs(p: ProgramBuilder, path: string): Entry {
  return open(p, path, O_WRONLY);
}

/** Joins groups, and closes their files. */
export function joinCgroups(p: ProgramBuilder, groups: readonly Entry[]): void {
  const zero = p.string('0');
  for (const procs of groups) {
    p.call('join a control group', 'write', { result: procs }, zero, 1);
    close(p, procs);
  }
}

/** `fine` are results that are none of a failure; ENOENT leads to `again`, where what is above is made. */
export function makeDirectory(p: ProgramBuilder, path: string, fine: readonly number[], again?: Label): void {
  const words = `make control group ${path}`;
  const made = p.label(`${path} is there`);
  const result = p.attempt(words, 'mkdirat', AT_FDCWD, p.string(path), 0o755);
  for (const value of fine) p.jump(made, 'equal', { result }, value);
  if (again) p.jump(again, 'equal', { result }, -ENOENT);
  p.fail(
    words,
    { result },
    {
      ENOENT: 'look at the control groups of this host with sc doctor',
      EROFS: 'run sc where control groups can be written, not inside of this container',
    },
  );
  p.place(made);
}

/** Values that follow one another in one file, which is opened once for them. */
function byFile(writes: readonly CgroupWrite[]): { file: string; values: string[] }[] {
  const files: { file: string; values: string[] }[] = [];
  for (const { file, value } of writes) {
    const last = files.at(-1);
    if (last?.file === file) last.values.push(value);
    else files.push({ file, values: [value] });
  }
  return files;
}

/** One write for each value. */
function writeFile(p: ProgramBuilder, path: string, values: readonly string[], again?: Label): void {
  const words = `set ${path} to`;
  const opened = `${words} ${values[0]}`;
  const file = p.attempt(opened, 'openat', AT_FDCWD, p.string(path), O_WRONLY | O_CLOEXEC);
  // ENODEV: the directory was removed in between (kernfs), here after the file was found.
  for (const gone of [ENOENT, ENODEV]) if (again) p.jump(again, 'equal', { result: file }, -gone);
  p.fail(
    opened,
    { result: file },
    { ENOENT: 'this kernel has no such limit: leave it out, or use another kernel' },
  );
  for (const value of values.slice(0, -1))
    p.call(`${words} ${value}`, 'write', { result: file }, p.string(value), Buffer.byteLength(value));
  const last = values.at(-1) ?? '';
  const written = p.attempt(
    `${words} ${last}`,
    'write',
    { result: file },
    p.string(last),
    Buffer.byteLength(last),
  );
  p.attempt('close', 'close', { result: file });
  if (again) p.jump(again, 'equal', { result: written }, -ENODEV);
  p.fail(`${words} ${last}`, { result: written });
}

function open(p: ProgramBuilder, path: string, flags: number): Entry {
  return p.call(`open ${path}`, 'openat', AT_FDCWD, p.string(path), flags | O_CLOEXEC);
}

/** Lets processes die that were killed while they stood still, where these do not by themselves (v1). */
export function thawCgroups(p: ProgramBuilder, plan: Pick<CgroupPlan, 'groups'>): void {
  for (const { path, thaw } of plan.groups) {
    if (thaw === undefined) continue;
    const words = `set ${path}/${thaw.file} to ${thaw.value}`;
    const file = p.attempt(words, 'openat', AT_FDCWD, p.string(`${path}/${thaw.file}`), O_WRONLY | O_CLOEXEC);
    p.attempt(words, 'write', { result: file }, p.string(thaw.value), Buffer.byteLength(thaw.value));
    p.attempt('close', 'close', { result: file });
  }
}

/** Removes the groups, and the parents, outermost first, where this was the last container in them. */
export function removeCgroups(
  p: ProgramBuilder,
  plan: { groups: readonly { path: string }[]; parents: readonly { path: string }[] },
): void {
  for (const { path } of plan.groups) {
    const words = `remove control group ${path}`;
    const removed = p.label(`${path} is removed`);
    for (const delay of [0, ...RMDIR_DELAYS]) {
      if (delay > 0) sleep(p, 'wait for its last process', delay);
      const result = p.attempt(words, 'unlinkat', AT_FDCWD, p.string(path), AT_REMOVEDIR);
      p.jump(removed, 'not-equal', { result }, -EBUSY);
    }
    p.place(removed);
  }
  for (const { path } of [...plan.parents].reverse())
    p.attempt(`remove ${path} if it is empty`, 'unlinkat', AT_FDCWD, p.string(path), AT_REMOVEDIR);
}

export function sleep(p: ProgramBuilder, words: string, milliseconds: number): void {
  const seconds = Math.floor(milliseconds / 1000);
  const time = p.constant(`${milliseconds} ms`, [seconds, 8], [(milliseconds % 1000) * 1_000_000, 8]);
  p.attempt(words, 'nanosleep', time, 0);
}
