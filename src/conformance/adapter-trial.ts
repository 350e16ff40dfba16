import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterDescription } from '../schema/conformance-adapter.ts';
import type { AdapterClient, Outcome } from './adapter-client.ts';

/** Milliseconds for any answer. */
export const PATIENCE = 20_000;

/** The beginning of the names of its containers. */
export const token = 'lint';
export const name = `${token}-main`;

/** What an adapter is tried with. */
export interface AdapterTrial {
  client: AdapterClient;
  declared: AdapterDescription;
  directory: string;
  rootfs: string;
  /** Another one, as after the first has died. */
  again(): AdapterClient;
}

/** The request of `begin` and `end`. */
export function begin({ directory }: Pick<AdapterTrial, 'directory'>) {
  return { directory: join(directory, 'state'), token };
}

/** Has it run lines of a shell in a container. */
export async function run(
  { client, directory, rootfs }: AdapterTrial,
  script: string,
  background: boolean,
  own = name,
): Promise<Outcome> {
  const at = (stream: string) => join(directory, stream);
  writeFileSync(at('stdin'), 'hello\n');
  for (const stream of ['stdout', 'stderr']) writeFileSync(at(stream), '');
  const streams = { stdin: at('stdin'), stdout: at('stdout'), stderr: at('stderr') };
  const container = {
    image: rootfs,
    process: { args: ['/bin/sh', '-c', script] },
    terminal: { stdin: true },
  };
  return client.call('run', { name: own, container, background, streams }, PATIENCE);
}

/** What a refusal says; undefined where it was done. */
export function refused(outcome: Outcome): string | undefined {
  return outcome.ok ? undefined : `refused as ${outcome.error.kind}: ${outcome.error.message}`;
}

/** Whether a process is there and has not ended. */
export function isProcess(pid: unknown): boolean {
  try {
    return typeof pid === 'number' && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
