import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { readHostCgroups } from '../linux/cgroup/hierarchy.ts';
import { MNT_DETACH } from '../linux/constants.ts';
import { isErrno } from '../linux/descriptor.ts';
import { declare } from '../linux/libc.ts';
import { processIsAlive, processReference } from '../linux/process.ts';
import { removeTree } from '../linux/remove-tree.ts';
import type { ProcessReference } from '../schema/container-state.ts';
import { probeBytes } from './probe/probe.ts';
import type { Question } from './question.ts';

const umount2 = declare<[string, number]>('int umount2(const char *target, int flags)');

/** Where the probe and its questions are inside. */
export const program = '/probe';
export const probeCommand = [program, '/questions'] as const;

/** Milliseconds for killed processes to go. */
const PATIENCE = 5000;

/** What runners make for themselves and leave: directories, empty and innermost first, and podman's locks. */
const strays = ['/run/lxc/lock', '/run/lxc', '/run/crun', '/run/runc', '/dev/shm/libpod_lock'];

/** A directory in which runners are given what they need, and after which nothing of theirs is left. */
export class Kitchen {
  readonly directory: string;
  /** The control groups of every runner are below groups with this at the front of their names. */
  readonly cgroupPrefix: string;
  readonly #runDirectory: string;
  readonly #straysFile: string;
  #questions: readonly Question[] = [];
  private constructor(parent: string, { pid, startTime }: ProcessReference) {
    this.directory = join(parent, `doctor-${pid}-${startTime}`);
    this.cgroupPrefix = `sc-doctor-${pid}-${startTime}`;
    this.#runDirectory = `/run/${this.cgroupPrefix}`;
    this.#straysFile = join(this.directory, 'strays');
  }

  /**
   * Makes one in a directory whose programs may be executed. Everything in it and outside of it is named after
   * this process, or noted in it.
   */
  static open(parent: string): Kitchen {
    const kitchen = new Kitchen(parent, processReference(process.pid));
    mkdirSync(kitchen.directory, { mode: 0o700 });
    // Some program of the host may use the others already.
    const absent = strays.filter((path) => !existsSync(path));
    writeFileSync(kitchen.#straysFile, absent.join('\n'));
    return kitchen;
  }

  /** Those whose processes were killed before they could clean. */
  static left(parent: string): Kitchen[] {
    return readdirSync(parent).flatMap((name) => {
      const [, pid, startTime] = /^doctor-(\d+)-(\d+)$/.exec(name) ?? [];
      const owner = { pid: Number(pid), startTime: Number(startTime) };
      return pid === undefined || processIsAlive(owner) ? [] : [new Kitchen(parent, owner)];
    });
  }

  /** What the probes will ask. */
  setQuestions(questions: readonly Question[]): void {
    this.#questions = questions;
  }

  /** A root filesystem with the probe and nothing else: each runner has its own, since they write to it. */
  makeRootfs(name: string): string {
    const rootfs = join(this.makeDirectory(name), 'rootfs');
    const directories = ['proc', 'sys', 'dev', 'etc', 'run', 'tmp'];
    for (const path of directories) mkdirSync(join(rootfs, path), { recursive: true, mode: 0o755 });
    writeFileSync(join(rootfs, program), probeBytes(), { mode: 0o755 });
    writeFileSync(join(rootfs, 'questions'), `${this.#questions.join('\n')}\n`, { mode: 0o644 });
    return rootfs;
  }

  makeDirectory(name: string): string {
    const directory = join(this.directory, name);
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  /** For a runner that takes no long path. */
  makeRunDirectory(): string {
    mkdirSync(this.#runDirectory, { recursive: true, mode: 0o700 });
    return this.#runDirectory;
  }

  /** Whether a runner has had anything made here. */
  hasServed(name: string): boolean {
    return existsSync(join(this.directory, name));
  }

  /** The directory goes last: it is what the next finds. */
  async clean(): Promise<void> {
    await removeGroups(this.cgroupPrefix);
    await removeDirectory(this.#runDirectory);
    await removeLocks(join('/run/lxc/lock', this.directory));
    const noted = existsSync(this.#straysFile) ? readFileSync(this.#straysFile, 'utf8').split('\n') : [];
    for (const path of strays.filter((path) => noted.includes(path))) removeStray(path);
    await removeDirectory(this.directory);
  }
}

async function removeDirectory(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  unmountBelow(directory);
  await removeTree(directory);
}

/** Ends what is in them, and takes those away that were made for a runner, those below first. */
async function removeGroups(prefix: string): Promise<void> {
  for (const { path } of hierarchies()) {
    const tops = readdirSync(path).filter((name) => name.startsWith(prefix));
    for (const name of tops) {
      const deadline = performance.now() + PATIENCE;
      while (!removeGroup(join(path, name))) {
        if (performance.now() > deadline) throw stillThere(join(path, name));
        await sleep(10);
      }
    }
  }
}

function hierarchies(): readonly { path: string }[] {
  try {
    return readHostCgroups().hierarchies;
  } catch (error) {
    // A host without any is told of by `sc doctor`.
    if (error instanceof ScError && error.code === 'SC_HOST_UNFIT') return [];
    throw error;
  }
}

/** Answers whether it is gone. */
function removeGroup(path: string): boolean {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) removeGroup(join(path, entry.name));
    }
    for (const pid of readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n')) {
      if (Number(pid) > 0) kill(Number(pid));
    }
    rmdirSync(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENODEV')) return true;
    if (isErrno(error, 'EBUSY') || isErrno(error, 'ENOTEMPTY')) return false;
    throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

function stillThere(path: string): ScError {
  return new ScError('SC_SYSTEM_CALL', `remove control group "${path}": EBUSY after ${PATIENCE / 1000} s`, {
    errno: 'EBUSY',
    hint: 'end the processes that are in it',
  });
}

/** What a runner that was killed has left mounted; the last first. */
function unmountBelow(directory: string): void {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  for (const point of points.filter((path) => path.startsWith(`${directory}/`)).reverse()) {
    umount2(point, MNT_DETACH);
  }
}

/** lxc locks below its own directory of /run, named after where its containers are. */
async function removeLocks(locks: string): Promise<void> {
  if (!existsSync(locks)) return;
  await removeTree(locks);
  for (let path = join(locks, '..'); path.startsWith('/run/lxc/lock/'); path = join(path, '..')) {
    removeStray(path);
  }
}

function removeStray(path: string): void {
  try {
    if (lstatSync(path).isDirectory()) rmdirSync(path);
    else unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT') && !isErrno(error, 'ENOTEMPTY')) throw error;
  }
}
