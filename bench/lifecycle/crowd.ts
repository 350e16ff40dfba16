import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Caller } from '../../src/operations/caller.ts';
import { deleteContainers } from '../../src/operations/delete.ts';
import { inspect } from '../../src/operations/inspect.ts';
import { runDetached } from '../../src/operations/run-detached.ts';
import type { Settings } from '../../src/operations/settings.ts';
import { MonitorClient } from '../../src/protocol/client.ts';
import type { Figures, GrowthReport } from '../benchmark.ts';
import { fitGrowth } from '../growth.ts';
import type { Workshop } from '../start/workshop.ts';
import { median } from '../statistics.ts';

const SIZES = [1, 10, 30, 100, 300, 1000];

/** Of which memory is measured. */
const IDLE = 100;

const SAMPLES = 9;
const WARM_UP = 30;

const launcher = join(import.meta.dirname, '../../dist/bin/main.js');

/** A store with a monitor of its own, in which idle containers are gathered. */
export class Crowd {
  readonly #settings: Settings;
  readonly #caller: Caller;
  readonly #rootfs: string;
  #count = 0;

  constructor({ directory, rootfs }: Workshop) {
    chmodSync(directory, 0o711);
    this.#settings = { root: join(directory, 'crowd'), backend: 'native', storageDriver: 'overlay' };
    this.#rootfs = rootfs;
    const stream = (descriptor: number) => ({ descriptor, terminal: false });
    this.#caller = {
      stdin: stream(0),
      stdout: stream(1),
      stderr: stream(2),
      environment: {},
      workingDirectory: '/',
      signals: process,
      self: [process.execPath, launcher],
    };
  }

  /** Memory of idle containers, and the time of a start by the number of those that live. */
  async measure(progress: (words: string) => void): Promise<{ memory: Figures; growth: GrowthReport }> {
    const times: GrowthReport['times'] = [];
    let memory: Figures | undefined;
    // What every monitor has after its first few.
    for (let count = 0; count < WARM_UP; count++) await this.#start();
    await this.#delete(Array.from({ length: WARM_UP }, (_, index) => `idle-${index}`));
    await this.#start();
    await setTimeout(2000);
    const alone = await this.#monitorMemory();
    for (const size of SIZES) {
      progress(`${size} idle containers`);
      while (this.#count < size) await this.#start();
      if (size === IDLE) memory = await this.#memory(alone);
      const samples: number[] = [];
      for (let sample = 0; sample < SAMPLES; sample++) {
        const from = performance.now();
        const name = await this.#start();
        samples.push(performance.now() - from);
        await this.#delete([name]);
      }
      times.push({ size, time: median(samples) });
    }
    if (memory === undefined) throw new Error(`no measurement with ${IDLE} containers`);
    const name = 'start of a detached container, by those that live';
    return { memory, growth: { name, times, growth: fitGrowth(times) } };
  }

  async end(): Promise<void> {
    await deleteContainers({ force: true }, this.#settings);
    const monitor = await MonitorClient.connect(this.#settings.root);
    await monitor?.call('leave', {}, () => true);
    monitor?.close();
  }

  /** Answers its name. */
  async #start(): Promise<string> {
    const name = `idle-${this.#count++}`;
    const flags = {
      name,
      user: '0:0',
      interactive: false,
      tty: false,
      rm: false,
      detach: true,
      'read-only': false,
    };
    await runDetached(flags, [this.#rootfs, '/pause'], this.#settings, this.#caller);
    return name;
  }

  async #delete(containers: string[]): Promise<void> {
    await deleteContainers({ containers, force: true }, this.#settings);
    this.#count -= containers.length;
  }

  async #memory(alone: number): Promise<Figures> {
    // What was just started is still being collected.
    await setTimeout(2000);
    const names = Array.from({ length: IDLE }, (_, index) => `idle-${index}`);
    let [keepers, payload] = [0, 0];
    for (const name of names) {
      const { keeper, init } = await inspect({ container: name }, this.#settings);
      keepers += memoryOf(keeper?.pid);
      payload += memoryOf(init?.pid);
    }
    const monitor = await this.#monitorMemory();
    const each = (total: number) => `${Math.round(total / IDLE)} kB`;
    return {
      title: `Memory of ${IDLE} idle containers (proportional set size)`,
      head: ['', 'of each container'],
      rows: [
        ['keeper', each(keepers)],
        ['growth of the monitor', each(monitor - alone)],
        ['together', each(keepers + monitor - alone)],
        ['the program itself', each(payload)],
      ],
      notes: [
        `the monitor with one container: ${(alone / 1024).toFixed(0)} MB, with ${IDLE}: ${(monitor / 1024).toFixed(0)} MB`,
      ],
    };
  }

  async #monitorMemory(): Promise<number> {
    const monitor = await MonitorClient.connect(this.#settings.root);
    monitor?.close();
    return memoryOf(monitor?.greeting.pid);
  }
}

/** In kB. */
function memoryOf(pid: number | undefined): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss: +(\d+) kB$/m.exec(text)?.[1]);
}
