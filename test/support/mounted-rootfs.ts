import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MountInstruction, Rootfs } from '../../src/storage/driver.ts';

/**
 * Mounts a root filesystem in a mount namespace of its own, runs a shell script of the host in its root
 * directory, and answers what the script wrote. Nothing stays mounted.
 */
export function inRootfs(rootfs: Rootfs, script: string): string {
  const root = mkdtempSync(join(tmpdir(), 'sc-mounted-'));
  const mounts = rootfs.mounts.map((instruction) => mountCommand(root, instruction));
  const lines = ['set -eu', ...mounts, `cd '${root}'`, script];
  try {
    const options = { stdio: 'pipe', encoding: 'utf8' } as const;
    return execFileSync('unshare', ['--mount', 'sh', '-c', lines.join('\n')], options);
  } finally {
    rmdirSync(root);
  }
}

function mountCommand(root: string, instruction: MountInstruction): string {
  const target = join(root, instruction.target);
  if (instruction.type === 'bind') {
    const access = instruction.readOnly ? 'ro' : 'rw';
    return `mount --bind -o ${access} '${instruction.source}' '${target}'`;
  }
  const layers = `lowerdir=${instruction.lower.join(':')},upperdir=${instruction.upper},workdir=${instruction.work}`;
  return `mount -t overlay -o 'redirect_dir=nofollow,metacopy=off,index=off,${layers}' sc '${target}'`;
}
