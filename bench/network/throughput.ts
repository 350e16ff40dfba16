import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MonitorClient } from '../../src/protocol/client.ts';
import type { Figures } from '../benchmark.ts';
import { versionOf } from '../host.ts';
import { dockerOn } from '../image/docker.ts';
import type { Workshop } from '../start/workshop.ts';
import { median } from '../statistics.ts';
import { type Machine, newMachine } from './machine.ts';
import { podmanFlags } from './podman-flags.ts';

const ROUNDS = 5;

/** Seconds of each turn. */
const TURN = 2;

/** An address of the machine other than 127.0.0.1, from which some lead by a program of theirs. */
const ADDRESS = '198.18.0.1';

/** What iperf3 listens at. */
const PORT = 5201;

/** Milliseconds in which a server answers. */
const PATIENCE = 20_000;

const launcher = join(import.meta.dirname, '../../bin/sc');

/** An iperf3 that is reached by a port of the machine, by the name of who has published it. */
interface Server {
  name: string;
  port: number;
  end(): Promise<void> | void;
}

/** What passes through a published port from the machine itself, by iperf3; undefined where that is not installed. */
export async function throughput(
  workshop: Workshop,
  progress: (words: string) => void,
): Promise<Figures | undefined> {
  if (versionOf('iperf3') === undefined) return undefined;
  const { directory, rootfs } = workshop;
  const program = copyProgram(rootfs, 'iperf3');
  const machine = newMachine(join(directory, 'machine'));
  const servers: Server[] = [];
  try {
    on(machine, ['ip', 'address', 'add', `${ADDRESS}/32`, 'dev', 'lo']);
    for (const make of [alone, podman, docker, sc]) {
      const server = await make(workshop, machine, program);
      if (server !== undefined) servers.push(server);
    }
    for (const { port } of servers) await untilAnswer(machine, port);
    const turns = new Map(servers.map(({ name }): [string, Turn[]] => [name, []]));
    for (let round = 1; round <= ROUNDS; round++) {
      progress(`throughput: round ${round} of ${ROUNDS}`);
      for (const { name, port } of round % 2 === 1 ? servers : servers.toReversed())
        turns.get(name)?.push(turnOf(machine, port));
    }
    return figuresOf(turns);
  } finally {
    for (const server of servers) await server.end();
    machine.remove();
  }
}

function figuresOf(turns: ReadonlyMap<string, readonly Turn[]>): Figures {
  const rates = new Map([...turns].map(([name, all]) => [name, all.map(({ rate }) => rate)]));
  const [first = []] = rates.values();
  const gigabits = (value: number) => `${value.toFixed(1)} Gbit/s`;
  return {
    title: 'Throughput through a published port',
    head: ['', 'median', 'least', 'most', `times ${[...rates.keys()][0] ?? ''}`, 'processor for 1 GB'],
    rows: [...rates].map(([name, all]) => [
      name,
      gigabits(median(all)),
      gigabits(Math.min(...all)),
      gigabits(Math.max(...all)),
      (median(all) / median(first)).toFixed(2),
      `${median((turns.get(name) ?? []).map(({ work }) => work)).toFixed(0)} ms`,
    ]),
    notes: [
      `one stream of iperf3 for ${TURN} s, ${ROUNDS} times, from the machine to an address of its own other than 127.0.0.1`,
      'the processor time is that of both ends together, the kernel in it: what else runs on the machine hardly changes it',
    ],
  };
}

/** Without a container, as a limit. */
function alone(_: Workshop, machine: Machine): Server {
  const port = PORT;
  const [command, ...args] = [...machine.within, 'iperf3', '-s', '-p', String(port)] as const;
  const child = spawn(command, args, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  return {
    name: 'no container',
    port,
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function podman({ directory, rootfs }: Workshop, machine: Machine, program: string): Server | undefined {
  if (versionOf('podman') === undefined) return undefined;
  const { flags, environment } = podmanFlags(directory);
  const port = PORT + 1;
  const call = (...words: string[]) => on(machine, ['podman', ...flags, ...words], environment);
  const published = ['--network', 'podman', '-p', `${port}:${PORT}`];
  call('run', '-d', '--name', 'server', ...published, '--rootfs', rootfs, program, '-s');
  return { name: 'podman', port, end: () => call('rm', '--force', '--time', '0', 'server') };
}

async function docker(workshop: Workshop, machine: Machine, program: string): Promise<Server | undefined> {
  const found = await dockerOn(workshop, { within: machine.within, network: [] });
  if (found === undefined) return undefined;
  const { environment, end } = found;
  const port = PORT + 2;
  const call = (...words: string[]) => on(machine, ['docker', ...words], environment);
  try {
    const tar = join(workshop.directory, 'server.tar');
    execFileSync('tar', ['-C', workshop.rootfs, '-cf', tar, '.']);
    call('import', tar, 'server:bench');
    call('run', '-d', '--name', 'server', '-p', `${port}:${PORT}`, 'server:bench', program, '-s');
  } catch (error) {
    await end();
    throw error;
  }
  return {
    name: 'docker',
    port,
    async end() {
      call('rm', '--force', 'server');
      await end();
    },
  };
}

function sc({ directory, rootfs }: Workshop, machine: Machine, program: string): Server {
  const port = PORT + 3;
  const root = join(directory, 'sc-throughput');
  const call = (...words: string[]) => on(machine, [launcher, ...words], { SC_ROOT: root });
  call(
    'run',
    '-d',
    '--name',
    'server',
    '--network',
    'bridge',
    '-p',
    `${port}:${PORT}`,
    rootfs,
    program,
    '-s',
  );
  return {
    name: 'sc',
    port,
    async end() {
      call('delete', '--force', 'server');
      const monitor = await MonitorClient.connect(root);
      await monitor?.call('leave', {}, () => true);
      monitor?.close();
    },
  };
}

function on({ within }: Machine, words: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
  const [command, ...args] = [...within, ...words] as const;
  execFileSync(command as string, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environment },
  });
}

/** What has come at the other end, in Gbit/s, and milliseconds of processors that both ends spent on 1 GB of it. */
interface Turn {
  rate: number;
  work: number;
}

function turnOf({ within }: Machine, port: number, seconds = TURN): Turn {
  const [command, ...args] = [...within, 'iperf3', '-J', '-c', ADDRESS, '-p', String(port)] as const;
  const text = execFileSync(command, [...args, '-t', String(seconds)], { encoding: 'utf8' });
  const { sum_received: received, cpu_utilization_percent: spent } = JSON.parse(text).end;
  const work = ((spent.host_total + spent.remote_total) / 100) * received.seconds * 1000;
  return { rate: received.bits_per_second / 1e9, work: work / (received.bytes / 1e9) };
}

async function untilAnswer(machine: Machine, port: number): Promise<void> {
  for (const from = performance.now(); ; await setTimeout(100))
    try {
      turnOf(machine, port, 1);
      return;
    } catch (error) {
      if (performance.now() - from > PATIENCE) throw error;
    }
}

/** A program of this machine with its libraries, into a root filesystem; answers its path in there. */
function copyProgram(rootfs: string, name: string): string {
  const program = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g);
  for (const path of [...libraries].map(([, library = '']) => library)) {
    mkdirSync(join(rootfs, dirname(path)), { recursive: true });
    copyFileSync(path, join(rootfs, path));
  }
  copyFileSync(program, join(rootfs, basename(program)));
  return `/${basename(program)}`;
}
