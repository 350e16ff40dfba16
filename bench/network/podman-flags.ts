import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** podman with everything of its own below a directory. */
export function podmanFlags(directory: string): { flags: string[]; environment: NodeJS.ProcessEnv } {
  const own = (name: string) => join(directory, 'podman', name);
  mkdirSync(own(''), { recursive: true });
  const engine = {
    lock_type: 'file',
    tmp_dir: own('libpod'),
    cgroup_manager: 'cgroupfs',
    events_logger: 'none',
  };
  const lines = Object.entries(engine).map(([key, value]) => `${key} = "${value}"`);
  writeFileSync(own('containers.conf'), ['[engine]', ...lines, 'runtime = "runc"', ''].join('\n'));
  return {
    flags: ['--root', own('root'), '--runroot', own('run'), '--storage-driver', 'vfs'],
    environment: { TMPDIR: own(''), CONTAINERS_CONF: own('containers.conf') },
  };
}
