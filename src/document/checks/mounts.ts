import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import { type Check, containersOf, type Field, joined, select, valueAt } from './check.ts';
import { findOverlaps, rangesOf } from './id-maps.ts';

interface Target {
  path: string;
  target: string;
  container: string;
}

/** Where a container's mounts and secrets stand, those that keep a path writable too: absolute, without `.` and double slashes. */
function targetsOf(document: unknown): Target[] {
  const declared = ['mounts.*.target', 'rootfs.writablePaths.*', 'security.secrets.*.target'];
  return [...pathsOf(document, declared), ...secretsOf(document)];
}

/** Secrets without a target, which have one by their name. */
function secretsOf(document: unknown): Target[] {
  return containersOf(document).flatMap(({ path: container, value }) =>
    select(value, 'security.secrets.*')
      .filter(({ value: secret }) => valueAt(secret, 'target') === undefined)
      .map(({ path, value: secret }) => ({
        path: joined(container, joined(path, 'name')),
        target: `/run/secrets/${valueAt(secret, 'name')}`,
        container,
      })),
  );
}

/** Absolute paths inside at places of a document's containers. */
function pathsOf(document: unknown, places: readonly string[]): Target[] {
  return containersOf(document).flatMap(({ path: container, value }) =>
    places.flatMap((place) =>
      select(value, place).flatMap(({ path, value: target }) =>
        typeof target === 'string' && target.startsWith('/')
          ? [{ path: joined(container, path), target: normal(target), container }]
          : [],
      ),
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
        ['mounts.*.target', 'rootfs.writablePaths.*', 'security.secrets.*.target']
          .flatMap((place) => select(value, place))
          .filter(({ value: target }) => typeof target === 'string' && target.split('/').includes('..'))
          .map(({ path, value: target }) => ({
            path: joined(container, path),
            message: `found "${target}"`,
            expected: 'a path without ..',
          })),
      ),
  },
  {
    name: 'no two secrets have one name',
    run: (document) =>
      containersOf(document).flatMap(({ path: container, value }) => {
        const names = select(value, 'security.secrets.*.name');
        return names.flatMap(({ path, value: name }, index) => {
          const earlier = names.findIndex((other) => other.value === name);
          if (earlier === index) return [];
          return [{ path: joined(container, path), message: `secret ${earlier + 1} is named "${name}" too` }];
        });
      }),
  },
  {
    name: 'no two mounts have one target',
    run: (document) => {
      const first = new Map<string, string>();
      return targetsOf(document).flatMap(({ path, target, container }) => {
        const earlier = first.get(`${container}\0${target}`);
        if (earlier !== undefined)
          return [{ path, message: `"${target}" is the target of ${earlier} already` }];
        first.set(`${container}\0${target}`, path.replace(/\.(target|name)$/, ''));
        return [];
      });
    },
  },
  {
    name: 'what is hidden or made read-only lies below the root',
    run: (document) =>
      pathsOf(document, ['security.maskedPaths.add.*', 'security.readOnlyPaths.add.*'])
        .filter(({ target }) => target === '/')
        .map(({ path }) => ({
          path,
          message: 'found the root itself',
          expected: 'a path below it, or rootfs.readOnly',
        })),
  },
  {
    name: 'a terminal is the only thing on /dev/console',
    run: (document) =>
      targetsOf(document).flatMap(({ path, target, container }) => {
        const tty = valueAt(document, joined(container, 'terminal.tty'));
        if (target !== '/dev/console' || tty !== true) return [];
        return [{ path, message: 'found "/dev/console", where the terminal is', expected: 'another path' }];
      }),
  },
  {
    name: 'paths stay writable where the root is not',
    run: (document) =>
      containersOf(document).flatMap(({ path: container, value }): Finding[] => {
        const path = 'rootfs.writablePaths';
        if (select(value, `${path}.*`).length === 0 || valueAt(value, 'rootfs.readOnly') === true) return [];
        const message = 'all of the root is writable';
        return [{ path: joined(container, path), message, expected: 'rootfs.readOnly: true beside it' }];
      }),
  },
  {
    name: 'keys of a mount go with its kind',
    run: (document) =>
      mountsOf(document).flatMap(({ path, value: mount }) =>
        ['subpath', 'idmap', 'ifMissing']
          .filter((key) => valueAt(mount, 'tmpfs') !== undefined && valueAt(mount, key) !== undefined)
          .map((key) => ({
            path: joined(path, key),
            message: `key "${key}" goes only with "bind" and "volume"`,
            atKey: true,
          })),
      ),
  },
  {
    name: 'maps of the owners of a mount are one to one',
    run: (document) =>
      mountsOf(document).flatMap(({ path, value: mount }) =>
        ['idmap.uids', 'idmap.gids'].flatMap((key) => {
          const ranges = rangesOf(valueAt(mount, key));
          return ranges === undefined ? [] : findOverlaps(joined(path, key), ranges);
        }),
      ),
  },
  {
    name: 'owners of a mount are said in one way',
    run: (document) =>
      mountsOf(document)
        .filter(({ value: mount }) => ['owner', 'idmap'].every((key) => valueAt(mount, key) !== undefined))
        .map(({ path }) => ({
          path: joined(path, 'idmap'),
          message: 'key "idmap" says the same as "owner"',
          expected: 'one of them',
          atKey: true,
        })),
  },
  {
    name: 'a root that propagates nothing leaves no mount that does',
    run: (document) =>
      containersOf(document).flatMap(({ path: container, value }) => {
        const root = valueAt(value, 'rootfs.propagation');
        if (root !== 'runbindable') return [];
        return select(value, 'mounts.*.propagation')
          .filter(({ value: propagation }) => /slave|shared/.test(String(propagation)))
          .map(({ path, value: propagation }) => ({
            path: joined(container, path),
            message: `"${propagation}" and rootfs.propagation "${root}", which is for all mounts, do not go together`,
          }));
      }),
  },
];

function mountsOf(document: unknown): Field[] {
  return containersOf(document).flatMap(({ path, value }) =>
    select(value, 'mounts.*').map((mount) => ({ ...mount, path: joined(path, mount.path) })),
  );
}

function normal(target: string): string {
  return posix
    .normalize(target)
    .replace(/(?<=.)\/$/, '')
    .replace(/^\/\//, '/');
}
