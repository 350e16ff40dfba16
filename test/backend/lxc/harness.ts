import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { LaunchRequest } from '../../../src/backend/backend.ts';
import { groupsOfLxc, placesOfLxc } from '../../../src/backend/lxc/groups.ts';
import { lxcBackend } from '../../../src/backend/lxc/lxc.ts';
import { readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { makeWorkshop, spec, start } from '../../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../../support/leak-check.ts';

type Changes = Parameters<typeof spec>[1];

const parent = '/sc-test';

/** A backend and a root filesystem for each test of a file, and a look at what each leaves on the host. */
export function useLxc() {
  let workshop: ReturnType<typeof makeWorkshop>;
  let before: ReturnType<typeof snapshotHost>;
  const started: string[] = [];

  beforeEach(() => {
    before = snapshotHost();
    workshop = makeWorkshop();
  });

  afterEach(async () => {
    const hosts = placesOfLxc(readHostCgroups());
    for (const id of started.splice(0)) {
      const { groups } = groupsOfLxc(hosts, { parent, id });
      expect(groups.filter((path) => existsSync(path))).toEqual([]);
      expect(existsSync(join(workshop.directory, 'sc/tools', id))).toBe(false);
    }
    workshop.remove();
    await expectNoLeaks(before);
  });

  const backend = (options: Partial<Parameters<typeof lxcBackend>[0]> = {}) =>
    lxcBackend({ root: join(workshop.directory, 'sc'), cgroupParent: parent, ...options });
  const launch = (
    args: string[],
    changes: Changes = {},
    { request = {}, ...options }: Parameters<typeof backend>[0] & { request?: Partial<LaunchRequest> } = {},
  ) => {
    const container = spec(args, changes);
    started.push(container.id);
    return start(backend(options), workshop, container, request);
  };
  return {
    get workshop() {
      return workshop;
    },
    backend,
    launch,
    run: async (...args: Parameters<typeof launch>) => (await launch(...args)).outcome(),
  };
}
