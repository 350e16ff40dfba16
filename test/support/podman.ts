import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** podman with everything of its own below a directory, its locks too, and limits that a container of tests has room for. */
export function podmanIn(directory: string) {
  const own = (name: string) => join(directory, 'podman', name);
  mkdirSync(own(''), { recursive: true });
  const engine = {
    lock_type: 'file',
    tmp_dir: own('libpod'),
    cgroup_manager: 'cgroupfs',
    events_logger: 'none',
    runtime: 'runc',
  };
  const lines = Object.entries(engine).map(([key, value]) => `${key} = "${value}"`);
  writeFileSync(own('containers.conf'), ['[engine]', ...lines, ''].join('\n'));
  const storage = ['--root', own('root'), '--runroot', own('run'), '--storage-driver', 'vfs'];
  const env = { TMPDIR: own(''), CONTAINERS_CONF: own('containers.conf') };
  const podman = (...args: string[]) => execa('podman', [...storage, ...args], { env });
  const limits = [
    '--ulimit',
    'nofile=1024:1024',
    '--ulimit',
    'nproc=4096:4096',
    '--network',
    'none',
    '--cgroupns',
    'private',
  ];
  return { podman, run: (...args: string[]) => podman('run', '--rm', ...limits, ...args) };
}
