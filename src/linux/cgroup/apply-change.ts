import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { errnoOf, failure } from '../../errors/reason.ts';
import { isErrno } from '../descriptor.ts';
import type { CgroupParent } from './cgroup.ts';
import type { AddedGroup, CgroupChange, ChangedFile } from './change.ts';
import { removeGroup } from './remove.ts';

/** How often one asks again for the processes of a container that goes on making some, and makes parents again. */
const MOST_ROUNDS = 100;

/** A container whose groups are changed. */
interface ChangingContainer {
  /** Numbers of its processes at that moment. */
  processes: () => number[];
  /** cgroup.procs of the group that they are in now, in the tree that is mounted at a place. */
  procsIn: (hierarchy: string) => string;
}

/** Carries a change out. Where a step fails, what was done is taken back, and it throws SC_SYSTEM_CALL. */
export function applyChange(change: CgroupChange, container: ChangingContainer): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, files = [] } of change.parents)
      for (const { file, value } of files) write(path, file, value);
    for (const changed of change.writes) {
      writeWithRoom(changed);
      undo.push(() => write(changed.group, changed.file, changed.before));
    }
    for (const group of change.added) add(group, container, undo);
  } catch (error) {
    const { message, errno, hint, cause } = asScError(error);
    throw new ScError('SC_SYSTEM_CALL', message, {
      cause,
      ...(errno !== undefined && { errno }),
      ...(hint !== undefined && { hint }),
      undo: undo.reverse().flatMap(failureOf),
    });
  }
}

/**
 * Where more is in use than is to be allowed, the kernel takes back what it can under a limit that does not
 * kill, and only when that was enough the other one is set.
 */
function writeWithRoom({ group, file, value, room }: ChangedFile): void {
  if (room === undefined) {
    write(group, file, value);
    return;
  }
  const before = readFileSync(`${group}/${room.squeeze}`, 'utf8').trim();
  try {
    write(group, room.squeeze, value);
    const used = Number(readFileSync(`${group}/${room.used}`, 'utf8'));
    if (used > Number(value)) throw refused(group, file, value, 'EBUSY');
    write(group, file, value);
  } finally {
    write(group, room.squeeze, before);
  }
}

/** A new group with its limits, which all processes of the container join. */
function add(added: AddedGroup, { processes, procsIn }: ChangingContainer, undo: (() => void)[]): void {
  const { path, parents, writes, procsFile, hierarchy } = added;
  const home = procsIn(hierarchy);
  makeGroup(path, parents);
  undo.push(() => {
    for (const group of [path, ...parents.map(({ path: parent }) => parent).reverse()]) removeGroup(group);
  });
  for (const { file, value } of writes) write(path, file, value);
  undo.push(() => move(processes, home));
  move(processes, `${path}/${procsFile}`);
}

/** The parents are shared, and may be removed by the last container that leaves between two of our calls. */
function makeGroup(path: string, parents: readonly CgroupParent[]): void {
  for (let round = 1; ; round++) {
    try {
      for (const { path: parent, files = [] } of parents) {
        mkdirSync(parent, { recursive: true });
        for (const { file, value } of files) write(parent, file, value);
      }
      mkdirSync(path);
      return;
    } catch (error) {
      if (!isErrno(error, 'ENOENT') || round === MOST_ROUNDS) throw error;
    }
  }
}

/** Children that are born meanwhile are born into the group of their parent: in the end all have been moved. */
function move(processes: () => number[], procs: string): void {
  const moved = new Set<number>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const others = processes().filter((pid) => !moved.has(pid));
    if (others.length === 0) return;
    for (const pid of others) {
      moved.add(pid);
      try {
        writeFileSync(procs, `${pid}`, { flag: 'r+' });
      } catch (error) {
        if (!isErrno(error, 'ESRCH')) throw error;
      }
    }
  }
  throw new ScError('SC_SYSTEM_CALL', `move all processes to "${procs}": more and more come`, {
    errno: 'EAGAIN',
    hint: 'sc pause it meanwhile',
  });
}

function write(group: string, file: string, value: string): void {
  try {
    writeFileSync(`${group}/${file}`, value, { flag: 'r+' });
  } catch (error) {
    const errno = errnoOf(error);
    throw errno === undefined ? error : refused(group, file, value, errno);
  }
}

function refused(group: string, file: string, value: string, errno: string): ScError {
  const hint = hintOf(file, errno);
  const message = `set ${group}/${file} to ${value.trim()}: ${errno}`;
  return new ScError('SC_SYSTEM_CALL', message, { errno, ...(hint !== undefined && { hint }) });
}

function hintOf(file: string, errno: string): string | undefined {
  if (errno === 'ENOENT') return 'this kernel has no such limit: leave it out, or use another kernel';
  if (file.startsWith('memory.') && errno === 'EBUSY')
    return 'its processes use more than that, and it cannot be taken back: end some of them, or allow more';
  if (file.startsWith('cpuset.'))
    return 'choose some that the groups above it have, and that it needs itself';
  return undefined;
}

function asScError(error: unknown): ScError {
  return error instanceof ScError ? error : failure('SC_SYSTEM_CALL', 'change control groups', error);
}

function failureOf(action: () => void): Error[] {
  try {
    action();
    return [];
  } catch (error) {
    return [error instanceof Error ? error : new Error(String(error))];
  }
}
