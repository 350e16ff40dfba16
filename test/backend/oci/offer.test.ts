import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isJudgedByVersion, refusedHybrid } from '../../../src/backend/oci/hybrid.ts';
import { ociBackend } from '../../../src/backend/oci/oci.ts';
import { lackOfUsers, parseOffer, refusedByOffer } from '../../../src/backend/oci/offer.ts';
import { readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { spec } from '../../support/containers.ts';

const host = { mode: 'v2', architecture: 'SCMP_ARCH_X86_64', words: 'runc' } as const;
const container = spec(['true']);
const script = join(import.meta.dirname, '../../support/crun-alone.sh');
const all = ['pid', 'ipc', 'uts', 'mount', 'cgroup', 'network'];

const refused = (linux: object) =>
  refusedByOffer(container, parseOffer(JSON.stringify({ linux })), host).map(({ path }) => path);

test('a runtime without user namespaces refuses those of a container, and is known before they are chosen', () => {
  const offer = parseOffer(JSON.stringify({ linux: { namespaces: all } }));
  const security = { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) };
  const paths = refusedByOffer(spec(['true'], { security }), offer, host).map(({ path }) => path);
  expect(paths).toEqual(['security.userNamespace']);
  expect(lackOfUsers(offer, 'youki')).toBe('youki says that it makes no user namespaces');
  const others = [undefined, {}, { namespaces: [...all, 'user'] }].map(
    (linux) => linux && parseOffer(JSON.stringify({ linux })),
  );
  expect(others.map((other) => lackOfUsers(other, 'youki'))).toEqual([undefined, undefined, undefined]);
});

test('a runtime that runs no such hooks refuses them', () => {
  const hook = { path: '/bin/true', args: ['true'], environment: [], timeout: 1000 };
  const hooked = spec(['true'], {
    hooks: { createRuntime: [hook], createContainer: [hook], poststop: [hook] },
  });
  const paths = (hooks: unknown) =>
    refusedByOffer(hooked, parseOffer(JSON.stringify({ hooks, linux: {} })), host).map(({ path }) => path);
  expect(paths(['prestart', 'createRuntime'])).toEqual(['hooks.createContainer']);
  expect(paths(undefined)).toEqual([]);
});

describe('what a runtime says of itself', () => {
  test.each([
    [{}, []],
    [{ namespaces: all }, []],
    [{ namespaces: all.slice(1) }, ['namespaces.pid']],
    [{ namespaces: [] }, all.map((type) => `namespaces.${type}`)],
    [{ cgroup: { v1: false, v2: true } }, []],
    [{ cgroup: { v2: false } }, ['resources.pids']],
    [{ seccomp: { enabled: true } }, []],
    [{ seccomp: { enabled: false } }, ['security.seccomp']],
    [{ seccomp: { archs: ['SCMP_ARCH_ARM'] } }, ['security.seccomp']],
    [{ capabilities: container.security.capabilities }, []],
    [{ capabilities: container.security.capabilities.slice(1) }, ['security.capabilities.add']],
  ])('is %j, by which these fields are refused: %j', (linux, paths) => {
    expect(refused(linux)).toEqual(paths);
  });

  test('is nothing where it is none of the specification, and nothing is refused by that', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((text) => `{"linux":${text}}`),
        ),
        (text) => {
          const offer = parseOffer(text);
          for (const { path } of refusedByOffer(container, offer, host)) expect(path).toMatch(/^[a-z]/);
          if (!text.includes('"linux"')) expect(offer).toBeUndefined();
        },
      ),
    );
  });

  test('counts for a filter only where there is one', () => {
    const open = spec(['true'], { security: { seccomp: 'unconfined' } });
    const offer = parseOffer('{"linux":{"seccomp":{"enabled":false}}}');
    expect(refusedByOffer(open, offer, host)).toEqual([]);
  });
});

describe('crun on a host with control groups of both versions', () => {
  const v1 = { version: 1, path: '/sys/fs/cgroup/pids', controllers: ['pids'] } as const;
  const v2 = (...controllers: string[]) =>
    ({ version: 2, path: '/sys/fs/cgroup/unified', controllers }) as const;
  const crun = 'crun version 1.8.1\ncommit: f8a0\n';

  test('is refused when a plan is made where v2 has a controller', () => {
    const hierarchies = [v1, v2('hugetlb')];
    expect(isJudgedByVersion(process.execPath, { mode: 'hybrid', hierarchies })).toBe(true);
    expect(refusedHybrid(crun, hierarchies)).toMatchObject([
      { path: 'resources.pids', reason: expect.stringContaining('v2 has hugetlb beside the trees of v1') },
    ]);
  });

  test.each([
    ['v2 has none', process.execPath, { mode: 'hybrid', hierarchies: [v1, v2()] }],
    ['there is no v1', process.execPath, { mode: 'v2', hierarchies: [v2('pids')] }],
    [
      'a script calls it, which may show it other mounts',
      script,
      { mode: 'hybrid', hierarchies: [v1, v2('io')] },
    ],
  ] as const)('is not asked where %s', (_, program, host) => {
    expect(isJudgedByVersion(program, host)).toBe(false);
  });

  test('is refused alone', () => {
    expect(refusedHybrid('runc version 1.1.5\n', [v1, v2('hugetlb')])).toEqual([]);
  });

  test('is refused by this host when a plan is made as it would be at a start', async () => {
    const backend = ociBackend({ root: '/nonexistent', runtime: 'crun' });
    await backend.lookAtProgram();
    const { mode, hierarchies } = readHostCgroups();
    const isRefused =
      mode === 'hybrid' && hierarchies.some((one) => one.version === 2 && one.controllers.length > 0);
    const refused = backend.unsupported(container).filter(({ reason }) => reason.startsWith('crun refuses'));
    expect(refused.map(({ path }) => path)).toEqual(isRefused ? ['resources.pids'] : []);
    expect(backend.lacking().some(({ reason }) => reason.startsWith('crun refuses'))).toBe(isRefused);
  });
});

describe('a runtime is asked', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
    mkdirSync(join(directory, 'sc'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function runtime(script: string): {
    open: (patience?: number) => ReturnType<typeof ociBackend>;
    calls: () => string;
  } {
    const path = join(directory, 'runtime');
    writeFileSync(path, `#!/bin/sh\necho "$@" >> ${directory}/calls\n${script}\n`, { mode: 0o755 });
    return {
      open: (patience = 10_000) => ociBackend({ root: join(directory, 'sc'), runtime: path, patience }),
      calls: () => readFileSync(join(directory, 'calls'), 'utf8'),
    };
  }

  /** Whatever else this host has not. */
  const refusedOf = (backend: ReturnType<typeof ociBackend>) =>
    backend.unsupported(container).filter(({ reason }) => reason.startsWith('runtime says'));

  test('once, and again when it is another', async () => {
    const first = runtime(`echo '{"linux":{"namespaces":[${all.slice(1).map((type) => `"${type}"`)}]}}'`);
    for (let time = 0; time < 2; time++) {
      const backend = first.open();
      expect(refusedOf(backend)).toEqual([]);
      await backend.lookAtProgram();
      const reason = 'runtime says that it makes no pid namespaces';
      expect(refusedOf(backend)).toMatchObject([{ path: 'namespaces.pid', reason }]);
      expect(backend.lacking()).toContainEqual(expect.objectContaining({ path: 'namespaces.pid', reason }));
    }
    expect(first.calls()).toBe('features\n');

    const second = runtime(`echo '{"linux":{"namespaces":[]}}'`);
    const backend = second.open();
    await backend.lookAtProgram();
    expect(refusedOf(backend)).toHaveLength(all.length);
    expect(second.calls()).toBe('features\nfeatures\n');
  });

  test.each([
    ['does not know that question', 'echo unknown; exit 1'],
    ['answers garbage', 'head -c 100000 /dev/urandom'],
    ['never stops to answer', 'exec yes {'],
    ['answers no object', 'echo "[1]"'],
  ])('and one that %s is one of which nothing is known', async (_, script) => {
    const backend = runtime(script).open();
    await backend.lookAtProgram();
    expect(refusedOf(backend)).toEqual([]);
  });

  test('and one that hangs is killed, with whom it has started', async () => {
    const backend = runtime('sleep 1000 & sleep 1000').open(200);
    await expect(backend.lookAtProgram()).rejects.toMatchObject({
      code: 'SC_TIMEOUT',
      message: 'runtime features: it has not ended within 0.2 s, and was killed',
    });
  });
});

test('the runtimes that are tested say of themselves what containers need, or nothing', async () => {
  const backend = ociBackend({ root: '/nonexistent', runtime: 'runc' });
  await backend.lookAtProgram();
  const { mode } = readHostCgroups();
  const byRuntime = backend.unsupported(container).filter(({ reason }) => reason.startsWith('runc says'));
  expect({ mode, byRuntime }).toEqual({ mode, byRuntime: [] });
});
