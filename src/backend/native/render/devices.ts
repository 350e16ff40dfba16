import { S_IFBLK, S_IFCHR } from '../../../linux/constants.ts';
import { type DeviceNumber, encodeDevice } from '../../../linux/devices.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';

/** A node to be made in /dev. */
export interface DeviceNode extends DeviceNumber {
  /** Below /dev, such as `net/tun`. */
  name: string;
  /** Permission bits. */
  mode: number;
}

/**
 * Makes nodes in a /dev that nobody else has seen yet, so that no path in it can lead elsewhere. They belong to
 * who makes them.
 */
export function makeDevices(p: ProgramBuilder, dev: Entry, nodes: readonly DeviceNode[]): void {
  const made = new Set<string>();
  for (const node of nodes) {
    const parts = node.name.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const directory = parts.slice(0, depth).join('/');
      if (made.has(directory)) continue;
      made.add(directory);
      p.call(`make /dev/${directory}`, 'mkdirat', { result: dev }, p.string(directory), 0o755);
    }
    const mode = (node.type === 'b' ? S_IFBLK : S_IFCHR) | node.mode;
    p.call(
      `make /dev/${node.name}`,
      'mknodat',
      { result: dev },
      p.string(node.name),
      mode,
      encodeDevice(node),
    );
  }
}
