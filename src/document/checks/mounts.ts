import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import { type Check, containersOf, joined, select } from './check.ts';

/** Targets of a container's mounts with their paths, without `.` and double slashes. */
function targetsOf(document: unknown): { path: string; target: string; container: string }[] {
  return containersOf(document).flatMap(({ path: container, value }) =>
    select(value, 'mounts.*.target').flatMap(({ path, value: target }) =>
      typeof target === 'string' && target.startsWith('/')
        ? [{ path: joined(container, path), target: normal(target), container }]
        : [],
    ),
  );
}

export const mountChecks: readonly Check[] = [
  {
    name: 'mounts stand below the root and not in /proc',
    run: (document) =>
      targetsOf(document).flatMap(({ path, target }): Finding[] => {
        if (target === '/') return [{ path, message: 'found "/"', expected: 'a path below the root' }];
        // The kernel's view of processes must be the real one, or attributes are written elsewhere (CVE-2019-16884).
        if (!/^\/proc(\/|$)/.test(target)) return [];
        return [{ path, message: `found "${target}"`, expected: 'a path outside of /proc' }];
      }),
  },
  {
    name: 'mount targets have no ..',
    run: (document) =>
      containersOf(document).flatMap(({ path: container, value }) =>
        select(value, 'mounts.*.target')
          .filter(({ value: target }) => typeof target === 'string' && target.split('/').includes('..'))
          .map(({ path, value: target }) => ({
            path: joined(container, path),
            message: `found "${target}"`,
            expected: 'a path without ..',
          })),
      ),
  },
  {
    name: 'no two mounts have one target',
    run: (document) => {
      const first = new Map<string, string>();
      return targetsOf(document).flatMap(({ path, target, container }) => {
        const earlier = first.get(`${container}\0${target}`);
        if (earlier !== undefined)
          return [{ path, message: `"${target}" is the target of ${earlier} already` }];
        first.set(`${container}\0${target}`, path.replace(/\.target$/, ''));
        return [];
      });
    },
  },
];

function normal(target: string): string {
  return posix
    .normalize(target)
    .replace(/(?<=.)\/$/, '')
    .replace(/^\/\//, '/');
}
