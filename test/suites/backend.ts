import { join } from 'node:path';
import { afterEach, beforeEach, describe } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import type { DeclaredFeatures } from '../../src/backend/features.ts';
import type { ContainerSpec } from '../../src/schema/container-spec.ts';
import { makeWorkshop, spec, start } from '../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../support/leak-check.ts';
import type { Bench } from './backend/bench.ts';
import { clocksSuite } from './backend/clocks.ts';
import { deadlineSuite } from './backend/deadline.ts';
import { etcFilesSuite } from './backend/etc-files.ts';
import { hooksSuite } from './backend/hooks.ts';
import { initSuite } from './backend/init.ts';
import { isolationSuite } from './backend/isolation.ts';
import { keeperSuite } from './backend/keeper.ts';
import { mountsSuite } from './backend/mounts.ts';
import { namespacesSuite } from './backend/namespaces.ts';
import { networksSuite } from './backend/networks.ts';
import { pidFilesSuite } from './backend/pid-files.ts';
import { processSuite } from './backend/process.ts';
import { resourcesSuite } from './backend/resources.ts';
import { rootFilesystemSuite } from './backend/root-filesystem.ts';
import { secretsSuite } from './backend/secrets.ts';
import { securitySuite } from './backend/security.ts';
import { signalsSuite } from './backend/signals.ts';
import { streamsSuite } from './backend/streams.ts';
import { terminalSuite } from './backend/terminal.ts';
import { needsOf } from './needs.ts';

function withSecurity(container: ContainerSpec, security: Partial<ContainerSpec['security']>): ContainerSpec {
  return { ...container, security: { ...container.security, ...security } };
}

/** The parts, each about what its file is called. */
const suites = [
  processSuite,
  signalsSuite,
  namespacesSuite,
  networksSuite,
  rootFilesystemSuite,
  mountsSuite,
  resourcesSuite,
  securitySuite,
  terminalSuite,
  keeperSuite,
  isolationSuite,
  etcFilesSuite,
  streamsSuite,
  secretsSuite,
  clocksSuite,
  deadlineSuite,
  initSuite,
  pidFilesSuite,
  hooksSuite,
];

/** Those that depend on whose users a container has, for backends with which all of them take long. */
export const suitesOfUsers = [
  processSuite,
  namespacesSuite,
  networksSuite,
  rootFilesystemSuite,
  mountsSuite,
  resourcesSuite,
  securitySuite,
  terminalSuite,
  isolationSuite,
  secretsSuite,
  pidFilesSuite,
];

/** What every backend must do with a container, whatever it is made of. */
export function backendSuite(
  name: string,
  open: (root: string) => Promise<Backend>,
  /** What it declares: cases that need anything else are skipped, and no others. */
  features: DeclaredFeatures,
  /** Of every container in place of the defaults of `spec`. */
  security: Partial<ContainerSpec['security']> = {},
  parts: readonly ((bench: Bench) => void)[] = suites,
): void {
  describe(`backend ${name}`, () => {
    let workshop: ReturnType<typeof makeWorkshop>;
    let backend: Backend;
    let before: ReturnType<typeof snapshotHost>;

    beforeEach(async () => {
      before = snapshotHost();
      workshop = makeWorkshop();
      backend = await open(join(workshop.directory, 'sc'));
    });

    afterEach(async () => {
      workshop.remove();
      await expectNoLeaks(before);
    });

    const launch: Bench['launch'] = (args, changes, request = {}) =>
      start(backend, workshop, withSecurity(spec(args, changes), security), request);
    const run: Bench['run'] = async (...what) => (await launch(...what)).outcome();
    const bench: Bench = {
      get backend() {
        return backend;
      },
      get workshop() {
        return workshop;
      },
      launch,
      run,
      sh: (script, ...how) => run(['sh', '-c', script], ...how),
      needs: needsOf(features),
      features,
    };
    for (const suite of parts) suite(bench);
  });
}
