import { readdirSync, readFileSync, statSync } from 'node:fs';
import { errnoOf } from '../../errors/reason.ts';
import { numbersOf } from '../devices.ts';
import type { HostLook } from './cgroup.ts';

/** This host. */
export const thisHost: HostLook = {
  read: (path) => orElse(undefined, () => readFileSync(path, 'utf8')),
  list: (path) => orElse([], () => readdirSync(path)),
  blockDevice: (path) => {
    try {
      const status = statSync(path);
      if (!status.isBlockDevice()) return { problem: 'it is no block device' };
      const { major, minor } = numbersOf(status.rdev);
      return { number: `${major}:${minor}` };
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
