import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { ExecuteRequest, LaunchRequest } from '../../../src/backend/backend.ts';
import { nativeBackend } from '../../../src/backend/native/native.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import type { ContainerSpec } from '../../../src/schema/container-spec.ts';
import { enter, makeWorkshop, type Running, spec, start } from '../../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../../support/leak-check.ts';

type Changes = Parameters<typeof spec>[1];
type Request = Partial<LaunchRequest>;

const userNamespace = evenMaps({ inside: 0, host: 524288, size: 65536 });

/** Among the settings of security: the container is in the user namespace of the host. */
export const usersOfHost: Partial<ContainerSpec['security']> = JSON.parse('{}', () => ({
  userNamespace: undefined,
}));

const swap = `#define _GNU_SOURCE
  #include <fcntl.h>
  #include <stdio.h>
  int main(int argc, char **argv) {
    for (;;) for (int i = 1; i + 1 < argc; i += 2)
      renameat2(AT_FDCWD, argv[i], AT_FDCWD, argv[i + 1], RENAME_EXCHANGE);
  }`;

/**
 * A backend, with user namespaces as by default, and a root filesystem for each test of a file, and a look at what
 * each leaves on the host.
 */
export function useBackend() {
  let workshop: ReturnType<typeof makeWorkshop>;
  let backend: ReturnType<typeof nativeBackend>;
  let before: ReturnType<typeof snapshotHost>;

  beforeEach(() => {
    before = snapshotHost();
    workshop = makeWorkshop();
    backend = nativeBackend({ root: join(workshop.directory, 'sc'), cgroupParent: '/sc-test' });
  });

  afterEach(async () => {
    workshop.remove();
    await expectNoLeaks(before);
  });

  const launch = (args: string[], changes: Changes = {}, request: Request = {}) => {
    const security = { userNamespace, ...changes.security };
    return start(backend, workshop, spec(args, { ...changes, security }), request);
  };
  const run = async (args: string[], changes: Changes = {}, request: Request = {}) =>
    (await launch(args, changes, request)).outcome();
  const install = (name: string, source: string): string => {
    const output = join(workshop.rootfs, 'bin', name);
    execFileSync('gcc', ['-static', '-Os', '-w', '-x', 'c', '-', '-o', output], { input: source });
    return output;
  };
  return {
    get backend() {
      return backend;
    },
    get workshop() {
      return workshop;
    },
    /** Compiles a program of C into /bin of the root filesystem. Answers where it is on the host. */
    install,
    /** Lets the two paths of each pair change places again and again while `act` acts. */
    async whileSwapping(
      pairs: readonly (readonly [string, string])[],
      act: () => Promise<void>,
    ): Promise<void> {
      const swapping = spawn(install('swap', swap), pairs.flat());
      try {
        await act();
      } finally {
        swapping.kill('SIGKILL');
        await once(swapping, 'exit');
      }
    },
    launch,
    run,
    /** Executes a program in a container that runs. */
    enter: (
      running: Running,
      args: string[],
      changes: Parameters<typeof enter>[4] = {},
      request: Partial<ExecuteRequest> = {},
    ) => enter(backend, workshop, running, args, changes, request),
    sh: (script: string, changes: Changes = {}, request: Request = {}) =>
      run(['sh', '-c', script], changes, request),
    /** With one wall less: root inside is root outside. */
    shAsRootOutside: async (script: string, changes: Changes = {}) =>
      (await start(backend, workshop, spec(['sh', '-c', script], changes))).outcome(),
  };
}
