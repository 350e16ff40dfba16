import { describe, expect, test } from 'vitest';
import { findDelegation } from '../../../src/linux/cgroup/delegation.ts';
import { detectCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { planCgroups, possibleGroups } from '../../../src/linux/cgroup/plan.ts';
import { recordedHost, recordedLook } from './recorded-hosts.ts';

const path = '/sys/fs/cgroup';

/** Who is in `own` and has `marked` groups, where the whole tree is mounted, or the part `root` of it. */
const find = (own: string, marked: string[] = [], root = '/', isRoot = root === '/') =>
  findDelegation({ path, root }, `1:memory:/x\n0::${own}\n`, {
    isMarked: (group) => marked.includes(group),
    isRoot: (group) => group === path && isRoot,
  });

describe('a part of the tree was handed to a process', () => {
  test('by its unit, with Delegate=yes', () => {
    const unit = `${path}/system.slice/ci.service`;
    expect(find('/system.slice/ci.service', [unit])).toEqual({ path: unit, isOwn: true });
  });

  test('by its unit, with DelegateSubgroup=', () => {
    const unit = `${path}/system.slice/ci.service`;
    expect(find('/system.slice/ci.service/supervisor', [unit])).toEqual({ path: unit, isOwn: false });
  });

  test('by the container that it is in, whose tree is not the whole', () => {
    expect(find('/', [], '/', false)).toEqual({ path, isOwn: true });
    expect(find('/docker/1234', [], '/docker/1234')).toEqual({ path, isOwn: true });
  });
});

describe('no part was handed to a process', () => {
  test.each([
    ['at the root', '/'],
    ['in the session of a user', '/user.slice/user-0.slice/session-1.scope'],
  ])('%s', (_, own) => {
    expect(find(own)).toBeUndefined();
  });

  test("in a terminal of a user, whose manager's mark is not for it", () => {
    const manager = `${path}/user.slice/user-1000.slice/user@1000.service`;
    expect(
      find('/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope', [manager]),
    ).toBeUndefined();
  });

  test('whose group is outside of what is mounted', () => {
    expect(find('/', [path], '/part')).toBeUndefined();
    expect(find('/part-2', [`${path}-2`], '/part')).toBeUndefined();
  });

  test('on a host without a tree of v2', () => {
    expect(
      findDelegation({ path, root: '/' }, '1:memory:/x\n', { isMarked: () => true, isRoot: () => false }),
    ).toBeUndefined();
  });
});

test('groups are made below the part, with the controllers that it has', () => {
  const mount = '32 22 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
  const unit = `${path}/system.slice/ci.service`;
  const controllers: Record<string, string> = { [path]: 'cpu io memory pids', [unit]: 'memory pids\n' };
  const host = {
    ...recordedHost(mount),
    ...detectCgroups(
      mount,
      (directory) => controllers[directory] ?? '',
      () => ({ path: unit, isOwn: false }),
    ),
  };
  const request = { parent: '/sc', id: 'a', resources: { pids: 5 } };
  const { parents, groups } = planCgroups(host, request, recordedLook());
  const files = [{ file: 'cgroup.subtree_control', value: '+memory +pids' }];
  expect(parents).toEqual([
    { path: unit, files },
    { path: `${unit}/sc`, files },
  ]);
  expect(groups[0]?.path).toBe(`${unit}/sc/a`);
  expect(possibleGroups(host, request)).toEqual({ groups: [`${unit}/sc/a`], parents: [`${unit}/sc`] });
  expect(() => planCgroups(host, { ...request, resources: { pids: 5, cpus: 1 } }, recordedLook())).toThrow(
    'resources.cpus: this host has no control group for it',
  );
});
