import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { readHostCgroups } from '../src/linux/cgroup/hierarchy.ts';

/** Where figures were taken; those of two hosts do not compare. */
export interface Host {
  kernel: string;
  distribution: string;
  processor: string;
  processors: number;
  /** GiB. */
  memory: number;
  cgroups: string;
  node: string;
  /** The first line that each says of itself; absent where it is not installed. */
  versions: { [command: string]: string };
}

export function describeHost(commands: readonly string[]): Host {
  const processors = cpus();
  return {
    kernel: release(),
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    memory: Math.round(totalmem() / 2 ** 30),
    cgroups: readHostCgroups().mode,
    node: process.version,
    versions: Object.fromEntries(
      commands.flatMap((command) => {
        const version = versionOf(command);
        return version === undefined ? [] : [[command, version]];
      }),
    ),
  };
}

/** Undefined where the command is not installed. */
export function versionOf(command: string): string | undefined {
  try {
    const text = execFileSync(command, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line = ''] = text.split('\n');
    // lxc says its number alone.
    return /^\d/.test(line) ? `${command} ${line.trim()}` : line.trim();
  } catch {
    return undefined;
  }
}
