import { readdirSync, readFileSync, statSync } from 'node:fs';
import { errnoOf } from '../../errors/reason.ts';
import type { HostLook } from './cgroup.ts';

/** This host. */
export const thisHost: HostLook = {
  read: (path) => orElse(undefined, () => readFileSync(path, 'utf8')),
  list: (path) => orElse([], () => readdirSync(path)),
  blockDevice: (path) => {
    try {
      const status = statSync(path);
      if (!status.isBlockDevice()) return { problem: 'it is no block device' };
      return { number: `${major(status.rdev)}:${minor(status.rdev)}` };
    } catch (error) {
      return { problem: errnoOf(error) ?? String(error) };
    }
  },
};

function orElse<Value>(fallback: Value, look: () => Value): Value {
  try {
    return look();
  } catch {
    return fallback;
  }
}

/** The bits of a dev_t of Linux (gnu_dev_major(3), gnu_dev_minor(3)), within 2^53 as Node has it. */
function major(device: number): number {
  const number = BigInt(device);
  return Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n));
}

function minor(device: number): number {
  const number = BigInt(device);
  return Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n));
}
