import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { readHostCgroups } from '../linux/cgroup/hierarchy.ts';
import { HeldFile } from '../linux/held-file.ts';
import type { HostFingerprint } from '../schema/conformance-log.ts';

/** The machine, as the log tells it. */
export function fingerprint(): HostFingerprint {
  const { mode } = readHostCgroups();
  return {
    kernel: release(),
    processor: process.arch,
    controlGroups: mode,
    controllers: controllers(),
    security: textOf('/sys/kernel/security/lsm')?.split(',') ?? [],
    node: process.versions.node,
    root: process.geteuid?.() === 0,
  };
}

/** Why this machine lacks what a case needs; undefined where it has it. */
export function lackOf(need: string, host: HostFingerprint): string | undefined {
  return has(need, host) ? undefined : `the host lacks ${need}`;
}

function has(need: string, { root, controlGroups, controllers, security }: HostFingerprint): boolean {
  const [kind = '', name = ''] = [need.slice(0, need.search(/[.:]|$/)), need.replace(/^[a-z]+[.:]/, '')];
  switch (kind) {
    case 'root':
      return root;
    case 'cgroup-v1':
      return controlGroups === 'v1' || controlGroups === 'hybrid';
    case 'cgroup-v2':
      return controlGroups === 'v2' || controlGroups === 'hybrid';
    case 'cgroup':
      return controllers.includes(name) || (name === 'io' && controllers.includes('blkio'));
    case 'time-namespaces':
      return existsSync('/proc/self/ns/time');
    case 'user-namespaces':
      return existsSync('/proc/self/ns/user') && textOf('/proc/sys/user/max_user_namespaces') !== '0';
    case 'scheduler':
      return readdirSync('/sys/block').some((disk) =>
        textOf(`/sys/block/${disk}/queue/scheduler`)
          ?.split(/[ [\]]+/)
          .includes(name),
      );
    case 'apparmor':
    case 'selinux':
      return security.includes(kind);
    case 'held-files':
      return canHold();
    case 'program':
      return (process.env.PATH ?? '').split(':').some((directory) => existsSync(join(directory, name)));
    case 'path':
      return existsSync(name);
    default:
      return false;
  }
}

/** Tried with a directory, which is not held by that. */
function canHold(): boolean {
  try {
    new HeldFile('/').release();
    return true;
  } catch {
    return false;
  }
}

/** Of v1 those in /proc/cgroups that are mounted, of v2 those of its root. */
function controllers(): string[] {
  const { hierarchies } = readHostCgroups();
  return [...new Set(hierarchies.flatMap(({ controllers }) => controllers))].sort();
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
