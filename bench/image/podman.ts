import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf } from '../host.ts';
import type { Shelf } from './shelf.ts';

/** podman with everything of its own on the shelf: its words, and its environment. Undefined where it is not installed. */
export function podmanOn({
  directory,
}: Pick<Shelf, 'directory'>): { words: string[]; environment: NodeJS.ProcessEnv } | undefined {
  if (versionOf('podman') === undefined) return undefined;
  const own = (name: string) => join(directory, 'podman', name);
  mkdirSync(own('tmp'), { recursive: true });
  const engine = `lock_type="file"\ntmp_dir="${own('libpod')}"\nevents_logger="none"\n`;
  writeFileSync(own('containers.conf'), `[engine]\n${engine}cgroup_manager="cgroupfs"\nruntime="runc"\n`);
  return {
    words: ['podman', '--root', own('root'), '--runroot', own('run'), '--storage-driver', 'overlay'],
    environment: { TMPDIR: own('tmp'), CONTAINERS_CONF: own('containers.conf') },
  };
}

/** What it needs on a host that lets nobody raise a limit. */
export const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=4096:4096'];
