import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { versionOf } from '../host.ts';
import { cgroupPrefix } from '../start/workshop.ts';
import { shell } from './repeated.ts';
import type { Shelf } from './shelf.ts';

export interface Docker {
  environment: NodeJS.ProcessEnv;
  end(): Promise<void>;
}

/** Milliseconds that the daemon may take until it answers. */
const PATIENCE = 60_000;

/** Where the daemon runs: the beginning of its command, and what it is told of networks. */
interface Surroundings {
  within: readonly string[];
  network: readonly string[];
}

/** With it containers have no network, and nothing of the machine's is changed. */
const withoutNetwork: Surroundings = {
  within: [],
  network: ['--bridge', 'none', '--iptables=false', '--ip-masq=false'],
};

/** A daemon of docker with everything of its own on the shelf, until `end`. Undefined where it is not installed. */
export async function dockerOn(
  { directory }: Pick<Shelf, 'directory'>,
  { within, network }: Surroundings = withoutNetwork,
): Promise<Docker | undefined> {
  if (versionOf('dockerd') === undefined || versionOf('docker') === undefined) return undefined;
  const own = (name: string) => join(directory, 'docker', name);
  mkdirSync(own('data'), { recursive: true });
  const socket = `unix://${own('socket')}`;
  const places = ['--data-root', own('data'), '--exec-root', own('exec'), '--pidfile', own('pid')];
  const groups = ['--cgroup-parent', `/${cgroupPrefix}-docker`, '--exec-opt', 'native.cgroupdriver=cgroupfs'];
  const log = openSync(own('log'), 'w');
  const [command = '', ...before] = [...within, 'dockerd'];
  const daemon = spawn(command, [...before, ...places, ...network, ...groups, '--host', socket], {
    stdio: ['ignore', log, log],
  });
  const ended = once(daemon, 'exit');
  const environment = { DOCKER_HOST: socket };
  const end = async () => {
    daemon.kill('SIGTERM');
    await ended;
    // It keeps what it mounts to itself, and leaves that behind.
    shell(`umount --recursive '${own('data')}' || true`);
  };
  try {
    await untilAnswer(environment, () => daemon.exitCode === null, own('log'));
    return { environment, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function untilAnswer(
  environment: NodeJS.ProcessEnv,
  isAlive: () => boolean,
  log: string,
): Promise<void> {
  for (
    const from = performance.now();
    performance.now() - from < PATIENCE && isAlive();
    await setTimeout(100)
  )
    try {
      execFileSync('docker', ['version'], { stdio: 'ignore', env: { ...process.env, ...environment } });
      return;
    } catch {}
  throw new Error(`dockerd does not answer: see ${log}`);
}
