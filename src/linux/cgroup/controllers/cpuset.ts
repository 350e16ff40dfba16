import { isWithin, parseNumberList } from '../../number-list.ts';
import { rootOf } from '../cgroup.ts';
import {
  type CgroupController,
  type ControllerTree,
  given,
  type LimitComplaint,
  write,
} from './controller.ts';

/** `file` is the one to write, of the same name in both versions; `effective` tells what is there. */
const kinds = [
  {
    key: 'cpus',
    words: 'processors',
    file: 'cpuset.cpus',
    effective: { 1: 'cpuset.effective_cpus', 2: 'cpuset.cpus.effective' },
  },
  {
    key: 'memoryNodes',
    words: 'memory nodes',
    file: 'cpuset.mems',
    effective: { 1: 'cpuset.effective_mems', 2: 'cpuset.mems.effective' },
  },
] as const;

/**
 * On which processors a container runs, and from which memory nodes it has its memory. A new group of v1
 * has none of either and lets no process in (cpuset(7)), so that all of its files are written, and those
 * of the directories above too. Who limits nothing here has no group, for which it would be `always`.
 */
export const cpuset: CgroupController = {
  names: { 1: 'cpuset', 2: 'cpuset' },
  always: () => false,

  fields: ({ cpuset }) =>
    given(Object.fromEntries(kinds.map(({ key }) => [`resources.cpuset.${key}`, cpuset?.[key]]))),

  complaints: ({ cpuset }, tree) =>
    kinds.flatMap(({ key, words, effective }): LimitComplaint[] => {
      const wanted = cpuset?.[key];
      if (wanted === undefined) return [];
      const there = available(tree, effective[tree.hierarchy.version]);
      if (isWithin(parseNumberList(wanted), parseNumberList(there))) return [];
      const message = `"${wanted}" is not within the ${words} of this host`;
      const expected = there === '' ? 'a host that has some' : `some of ${there}`;
      return [{ path: `resources.cpuset.${key}`, message, expected }];
    }),

  v1: ({ cpuset }, tree) => ({
    above: kinds.flatMap(({ file }) => write(file, available(tree, file))),
    writes: kinds.flatMap(({ key, file }) => write(file, cpuset?.[key] ?? available(tree, file))),
  }),

  v2: ({ cpuset }) => ({ writes: kinds.flatMap(({ key, file }) => write(file, cpuset?.[key])) }),

  // An empty line is all that there is above.
  lift: ({ file }, tree) => (tree.hierarchy.version === 1 ? available(tree, file) : '\n'),
};

/** What is there for all of ours. */
function available({ hierarchy, look }: ControllerTree, file: string): string {
  return look.read(`${rootOf(hierarchy)}/${file}`)?.trim() ?? '';
}
