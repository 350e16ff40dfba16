import { isWithin, parseNumberList } from '../../number-list.ts';
import { rootOf } from '../cgroup.ts';
import {
  type CgroupController,
  type ControllerTree,
  given,
  type LimitComplaint,
  write,
} from './controller.ts';

const kinds = [
  { key: 'cpus', path: 'resources.cpuset.cpus', v1: 'cpuset.cpus', effective: 'cpuset.cpus.effective' },
  {
    key: 'memoryNodes',
    path: 'resources.cpuset.memoryNodes',
    v1: 'cpuset.mems',
    effective: 'cpuset.mems.effective',
  },
] as const;

const words = { cpus: 'processors', memoryNodes: 'memory nodes' } as const;

/**
 * On which processors a container runs, and from which memory nodes it has its memory. A new group of v1
 * has none of either and lets no process in (cpuset(7)), so that all of its files are written, and those
 * of the directories above too. Who limits nothing here has no group, for which it would be `always`.
 */
export const cpuset: CgroupController = {
  names: { 1: 'cpuset', 2: 'cpuset' },
  always: false,

  fields: ({ cpuset }) => given(Object.fromEntries(kinds.map(({ key, path }) => [path, cpuset?.[key]]))),

  complaints: ({ cpuset }, tree) =>
    kinds.flatMap(({ key, path, effective }): LimitComplaint[] => {
      const wanted = cpuset?.[key];
      if (wanted === undefined) return [];
      const there = available(
        tree,
        tree.hierarchy.version === 1 ? `cpuset.effective_${effective.slice(7, 11)}` : effective,
      );
      if (isWithin(parseNumberList(wanted), parseNumberList(there))) return [];
      const message = `"${wanted}" is not within the ${words[key]} of this host`;
      return [{ path, message, expected: there === '' ? 'a host that has some' : `some of ${there}` }];
    }),

  v1: ({ cpuset }, tree) => {
    const all = kinds.flatMap(({ v1 }) => write(v1, available(tree, v1)));
    return {
      above: all,
      writes: kinds.flatMap(({ key, v1 }) => write(v1, cpuset?.[key] ?? available(tree, v1))),
    };
  },

  v2: ({ cpuset }) => ({ writes: kinds.flatMap(({ key, v1 }) => write(v1, cpuset?.[key])) }),
};

/** What is there for all of ours. */
function available({ hierarchy, look }: ControllerTree, file: string): string {
  return look.read(`${rootOf(hierarchy)}/${file}`)?.trim() ?? '';
}
