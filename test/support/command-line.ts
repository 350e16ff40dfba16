import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa, type Options } from 'execa';
import { deleteContainers } from '../../src/operations/delete.ts';
import type { Settings } from '../../src/operations/settings.ts';
import { MonitorClient } from '../../src/protocol/client.ts';
import type { Answer } from '../../src/schema/answer.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { parseAnswer } from './answer.ts';
import { makeWorkshop } from './containers.ts';
import { expectNoLeaks, snapshotHost } from './leak-check.ts';

const executable = join(import.meta.dirname, '../../bin/sc');

/** sc as a user starts it, in a directory and with a store of its own, beside a root filesystem `./rootfs`. */
export function makeCommandLine() {
  const before = snapshotHost();
  const workshop = makeWorkshop();
  const root = join(workshop.directory, 'store');
  const options = {
    cwd: workshop.directory,
    env: { SC_ROOT: root },
    reject: false,
    stdin: 'ignore',
    stripFinalNewline: false,
  } satisfies Options;
  const settings: Settings = { root, backend: 'native', storageDriver: 'overlay' };
  return {
    directory: workshop.directory,
    root,
    /** For operations in this process, which need no start of Node. */
    settings,
    options,
    executable,
    sc: (...args: string[]) => execa(executable, args, options),
    json: async <Form extends Answer = Answer>(...args: string[]) =>
      parseAnswer<Form>((await execa(executable, args, options)).stdout),
    write(name: string, text: string): string {
      writeFileSync(join(workshop.directory, name), text);
      return name;
    },
    read: (name: string) => readFileSync(join(workshop.directory, name), 'utf8'),
    exists: (name: string) => existsSync(join(workshop.directory, name)),
    /** The record of a container as it is on the disk: no command of sc has a hand in what it says. */
    record: (id: string): ContainerState =>
      JSON.parse(readFileSync(join(root, 'containers', id, 'state.json'), 'utf8')),
    deleteAll: () => deleteContainers({ force: true }, settings),
    /** Takes the directory away, and throws if anything else is left on the host. */
    async remove(): Promise<void> {
      await dismissMonitor(root);
      workshop.remove();
      await expectNoLeaks(before);
    },
  };
}

/**
 * Asks the monitor to end now and not only when it has had nothing to do for a while, and waits until its process
 * has ended: the last thing that Node does is to write its compile cache, which may be below what is removed next.
 */
export async function dismissMonitor(root: string): Promise<void> {
  const monitor = await MonitorClient.connect(root);
  if (monitor === undefined) return;
  await monitor.call('leave', {}, () => true);
  monitor.close();
  await eventually(() => (isAlive(monitor.greeting.pid) ? undefined : true));
}

/** Kills the monitor that there is, and waits until it has gone. */
export async function killMonitor(root: string): Promise<void> {
  const monitor = await MonitorClient.connect(root);
  if (monitor === undefined) throw new Error('there is no monitor');
  monitor.close();
  const { pid } = monitor.greeting;
  process.kill(pid, 'SIGKILL');
  await eventually(() => (isAlive(pid) ? undefined : true));
}

/** Not one that has ended and that pid 1 has not reaped yet. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Looks again and again until there is an answer, with so many milliseconds between two looks. */
export async function eventually<Value>(
  look: () => Value | undefined | Promise<Value | undefined>,
  { pause = 20 } = {},
): Promise<Value> {
  const end = performance.now() + 30_000;
  while (performance.now() < end) {
    const value = await look();
    if (value !== undefined) return value;
    await setTimeout(pause);
  }
  throw new Error('it did not come about within 30 s');
}

/** A Job on the root filesystem of the workshop. */
export function job(name: string, args: readonly string[], more = ''): string {
  return `apiVersion: standard-container/v1
kind: Job
metadata: { name: ${name} }
image: ./rootfs
process: { args: ${JSON.stringify(args)} }
${more}`;
}
