import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { featuresOf } from '../../src/backend/registry.ts';
import { parseDocuments } from '../../src/document/load.ts';
import { capabilities, defaultCapabilities } from '../../src/linux/capabilities.ts';
import { evenMaps } from '../../src/linux/id-maps.ts';
import { type CompileOptions, compile } from '../../src/plan/compile.ts';
import { UnsupportedError } from '../../src/plan/unsupported.ts';
import type { ContainerSpec } from '../../src/schema/container-spec.ts';
import type { ContainerState, ContainerStatus } from '../../src/schema/container-state.ts';
import type { CreateStep } from '../../src/schema/plan.ts';
import { fits } from '../support/answer.ts';

const id = 'c0ffee'.padEnd(64, '0');

const maps = evenMaps({ inside: 0, host: 524288, size: 65536 });

const options: CompileOptions = {
  features: await featuresOf('native'),
  others: [],
  unsupported: () => [],
  remarks: () => [],
  newId: () => id,
  source: 'file',
  directory: '/srv/project',
  removeOnExit: false,
  replace: true,
  updates: true,
  userNamespace: () => ({ maps, setsIpc: true, obstacle: { reason: 'there is none', isOfFile: false } }),
  capabilities,
  maskedPaths: [],
  seccompProfiles: new Map([['/srv/project/profile.json', '{}']]),
  images: new Map(),
  volumes: { path: (name) => `/volumes/${name}/data`, known: new Map() },
  networks: new Map(),
  imageDocuments: new Map(),
};

const head = 'apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: hello }\n';
const hello = `${head}image: host\nprocess: { args: [sh, -c, "echo hi"] }\n`;

function plan(text: string, observed: readonly ContainerState[] = [], changes: Partial<CompileOptions> = {}) {
  const documents = parseDocuments(text, 'a.yaml', { environment: {}, set: {} });
  return compile(documents, observed, { ...options, ...changes });
}

function created(text: string, changes: Partial<CompileOptions> = {}): CreateStep {
  const step = plan(text, [], changes).steps.find(({ kind }) => kind === 'create');
  if (step?.kind !== 'create') throw new Error('no container is created');
  return step;
}

function container(text: string, changes: Partial<CompileOptions> = {}): ContainerSpec {
  return created(`${hello}${text}`, changes).container;
}

function earlier(status: ContainerStatus): ContainerState {
  const spec = created(hello).container;
  return {
    version: 1,
    id: 'e'.repeat(64),
    name: 'hello',
    status,
    backend: 'native',
    storageDriver: 'overlay',
    bootId: 'b',
    runner: { pid: 1, startTime: 1 },
    createdAt: '2026-01-01T00:00:00.000Z',
    spec,
  };
}

describe('a Job of steps', () => {
  const steps = (...lines: string[]) => `${head}steps:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
  const run = (name: string, more = '') =>
    `run: { name: ${name}, image: host, process: { args: [sh] }${more} }`;

  test('is planned step by step, with the containers that it runs and what goes at its end', () => {
    const expected = run('three', ', expect: { exitCode: 3 }');
    const end = [expected, 'wait: { container: three }'];
    const text = steps(run('one'), 'wait: { container: one }', run('two', ', keep: true'), ...end);
    const planned = plan(text).steps;
    expect(planned).toMatchObject([
      { kind: 'step', name: 'hello', path: 'steps[0].run', line: 5, column: 5, reason: 'run one of host' },
      { path: 'steps[1].wait', line: 6, reason: 'wait for the end of one, with code 0' },
      { path: 'steps[2].run', container: { name: 'two', kind: 'Job', removeOnExit: false } },
      { path: 'steps[3].run' },
      { path: 'steps[4].wait', reason: 'wait for the end of three, with code 3' },
      { kind: 'finish', name: 'hello', containers: ['one', 'three'] },
    ]);
    expect(planned[0]).toMatchObject({ container: { name: 'one', removeOnExit: true } });
  });

  test('makes room where an earlier container has ended, and is refused where it runs', () => {
    const text = steps(run('hello'));
    expect(plan(text, [earlier('stopped')]).steps.map(({ kind }) => kind)).toEqual([
      'remove',
      'step',
      'finish',
    ]);
    expect(() => plan(text, [earlier('running')])).toThrow('the name "hello" is taken');
  });

  test('leaves a container open whose image it makes', () => {
    const text = steps(
      run('one'),
      'commit: { container: one, image: app }',
      'run: { name: two, image: "app:latest" }',
      run('three'),
    );
    expect(plan(text).steps.map((step) => 'container' in step)).toEqual([true, false, false, true, false]);
  });

  test('has its refusals at their places in the file', () => {
    const text = steps(
      run('one'),
      run('two', ', monitor: { restart: { policy: on-failure } }'),
      'attach: { container: one }',
    );
    const thrown = (() => {
      try {
        return plan(text);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(UnsupportedError);
    expect(thrown).toMatchObject({
      problems: [
        { line: 6, path: 'steps[1].run.monitor.restart.policy' },
        { line: 7, path: 'steps[2].attach' },
      ],
    });
  });
});

describe('an image', () => {
  const image =
    'apiVersion: standard-container/v1\nkind: Image\nmetadata: { name: web }\nsource: { oci: ./web }\n';
  const found = { name: 'web:latest', from: 'oci:/srv/project/web', id: 'sha256:1', digest: 'sha256:2' };
  const file = '/srv/project/a.yaml';
  const stepsOf = (earlier: { digest: string; id?: string } | undefined) =>
    plan(`${hello}---\n${image}`, [], { imageDocuments: new Map([['web', { ...found, earlier }]]) }).steps;

  test('comes before all containers, wherever it stands', () => {
    const steps = stepsOf(undefined);
    expect(steps.map(({ kind }) => kind)).toEqual(['image', 'create', 'start', 'wait']);
    expect(steps[0]).toEqual({ kind: 'image', ...found, file, reason: 'there is none' });
  });

  test('takes the name of another, and is no step where it has it', () => {
    const reason = 'its source holds another than the store has';
    const step = { kind: 'image', ...found, file, reason };
    expect(stepsOf({ digest: 'sha256:3', id: 'sha256:4' })[0]).toEqual({ ...step, replaces: 'sha256:4' });
    expect(stepsOf({ digest: 'sha256:3' })[0]).toEqual(step);
    expect(stepsOf({ digest: 'sha256:2', id: 'sha256:1' })[0]).toMatchObject({ kind: 'create' });
  });
});

describe('a container', () => {
  test('has every default of the schema', () => {
    expect(created(hello).container).toEqual({
      id,
      name: 'hello',
      kind: 'Job',
      labels: {},
      image: { kind: 'host' },
      rootfs: { readOnly: false },
      process: { args: ['sh', '-c', 'echo hi'], cwd: '/', user: '0', additionalGroups: [], umask: 0o022 },
      environment: {},
      network: {
        mode: 'none',
        hostname: 'c0ffee000000',
        dns: { servers: [], search: [], options: [] },
        hosts: {},
      },
      resources: { shm: 67_108_864, pids: 2048, rlimits: [] },
      signals: { stopSignal: 15, stopTimeout: 10_000 },
      monitor: {
        init: false,
        restart: { policy: 'never', delay: 100, maxDelay: 60_000, resetAfter: 10_000 },
      },
      logging: { driver: 'file', maxSize: 20_971_520, maxFiles: 5, order: 'streams' },
      terminal: { tty: false, stdin: false, detachKeys: 'ctrl-p,ctrl-q', rows: 24, columns: 80 },
      security: {
        capabilities: defaultCapabilities,
        noNewPrivileges: true,
        seccomp: 'default',
        maskedPaths: expect.arrayContaining(['/proc/kcore', '/sys/firmware']),
        readOnlyPaths: expect.arrayContaining(['/proc/sys']),
        sysctls: {},
        secrets: [],
        devices: [],
      },
      mounts: [],
      removeOnExit: false,
    });
  });

  test('has sizes in bytes, times in milliseconds and modes as numbers', () => {
    const text = `resources: { memory: 1.5Gi, memorySwap: unlimited, pids: unlimited }
signals: { stopSignal: SIGRTMIN+3, stopTimeout: 1m30s }
`;
    const { resources, signals } = container(text);
    expect(resources).toMatchObject({ memory: 1.5 * 2 ** 30, memorySwap: -1, pids: -1 });
    expect(signals).toEqual({ stopSignal: 37, stopTimeout: 90_000 });
    expect(container('monitor: { init: true, timeout: 90m }\n').monitor).toMatchObject({
      init: true,
      timeout: 5_400_000,
    });
    expect(container('signals: { stopTimeout: forever }\n').signals.stopTimeout).toBe(-1);
    expect(
      created(`${head}image: host\nprocess: { args: [a], umask: "027" }\n`).container.process.umask,
    ).toBe(0o027);
  });

  test('may use as much swap as memory unless the file says otherwise', () => {
    expect(container('resources: { memory: 100Mi }\n').resources).toMatchObject({
      memory: 100 * 2 ** 20,
      memorySwap: 200 * 2 ** 20,
    });
  });

  test("has rlimits in the kernel's own units", () => {
    const text = `resources:
  rlimits: { nofile: 1024, stack: { soft: 8Mi, hard: unlimited }, cpu: 1m, rttime: 5ms }
`;
    expect(container(text).resources.rlimits).toEqual([
      { name: 'nofile', soft: 1024, hard: 1024 },
      { name: 'stack', soft: 8 * 2 ** 20, hard: -1 },
      { name: 'cpu', soft: 60, hard: 60 },
      { name: 'rttime', soft: 5000, hard: 5000 },
    ]);
  });

  test('has clocks of its own only where it asks for them', () => {
    const clocks = (text: string) => container(`namespaces: ${text}\n`).clocks;
    expect(clocks('{ time: host }')).toBeUndefined();
    expect(clocks('{ time: private }')).toEqual({ monotonic: 0, boottime: 0 });
    const text = '{ time: private, timeOffsets: { monotonic: 1d1ms, boottime: -1.5s } }';
    expect(clocks(text)).toEqual({ monotonic: 86_400_001, boottime: -1500 });
  });

  test('has secrets by their places, whose paths count from the directory of the file', () => {
    const secrets = '{ name: key, source: ./key }, { name: own, source: /own, target: /a//b/, mode: "0440" }';
    expect(container(`security: { secrets: [${secrets}] }\n`).security.secrets).toEqual([
      { name: 'key', source: '/srv/project/key', target: '/run/secrets/key', mode: 0o400 },
      { name: 'own', source: '/own', target: '/a/b', mode: 0o440 },
    ]);
  });

  test('runs the entrypoint with the arguments behind it', () => {
    const { process } = created(
      `${head}image: host\nprocess: { entrypoint: [sh, -c], args: [ls] }\n`,
    ).container;
    expect(process.args).toEqual(['sh', '-c', 'ls']);
  });

  test.each([
    ['host', { kind: 'host' }],
    ['./rootfs', { kind: 'directory', path: '/srv/project/rootfs' }],
    ['../other', { kind: 'directory', path: '/srv/other' }],
    ['/abs/rootfs', { kind: 'directory', path: '/abs/rootfs' }],
  ])('image %s is found from the directory of the file', (image, source) => {
    expect(created(`${head}image: ${image}\nprocess: { args: [a] }\n`).container.image).toEqual(source);
  });

  test('mounts what is above before what is below, relative sources from the directory of the file', () => {
    const text = `mounts:
  - { tmpfs: true, target: /a/b/c, size: 1Mi, mode: "700" }
  - { bind: ./data, target: /a/, readOnly: true }
`;
    expect(container(text).mounts).toEqual([
      { type: 'bind', source: '/srv/project/data', target: '/a', readOnly: true },
      { type: 'tmpfs', target: '/a/b/c', size: 2 ** 20, mode: 0o700, readOnly: false },
    ]);
  });

  test('gets capabilities by number, and ALL as far as the host has them', () => {
    const changed = container('security: { capabilities: { add: [NET_RAW], drop: [CAP_KILL, CHOWN] } }\n');
    expect(changed.security.capabilities).toEqual(
      capabilities.filter(
        (name) =>
          name === 'CAP_NET_RAW' ||
          (defaultCapabilities.includes(name) && !['CAP_KILL', 'CAP_CHOWN'].includes(name)),
      ),
    );
    const all = container('security: { capabilities: { add: [ALL] } }\n', { capabilities: ['CAP_CHOWN'] });
    expect(all.security.capabilities).toEqual(['CAP_CHOWN']);
  });

  test("stays in the host's user namespace for a setting that an older kernel changes only there", () => {
    const text = `${hello}security: { sysctls: { kernel.shmmax: "1", net.ipv4.ip_forward: "1" } }\n`;
    const own = (setsIpc: boolean) =>
      created(text, { userNamespace: () => ({ maps, setsIpc }) }).container.security;
    expect(own(true)).toMatchObject({ userNamespace: maps, sysctls: { 'kernel.shmmax': '1' } });
    expect(own(false).userNamespace).toBeUndefined();
  });

  test('has the text of its own seccomp profile, and the plan its path', () => {
    const step = created(`${hello}security: { seccomp: ./profile.json }\n`);
    expect(step.container.security.seccomp).toEqual({ path: '/srv/project/profile.json', profile: '{}' });
    const value = '/srv/project/profile.json';
    expect(step.fields).toContainEqual({ path: 'security.seccomp', value, source: 'file' });
  });

  test('hides what the host has to hide beside the usual, and what the file adds, but not what it drops', () => {
    const text = 'security: { maskedPaths: { add: [/x], drop: [/proc/kcore] } }\n';
    const { maskedPaths } = container(text, { maskedPaths: ['/sys/thermal'] }).security;
    expect(maskedPaths).toEqual(expect.arrayContaining(['/x', '/sys/thermal', '/proc/keys']));
    expect(maskedPaths).not.toContain('/proc/kcore');
  });
});

describe('the plan', () => {
  test('tells of each field who said it', () => {
    const { fields = [] } = created(`${hello}resources: { pids: 10 }\n`);
    expect(fields).toContainEqual({ path: 'resources.pids', value: 10, source: 'file' });
    expect(fields).toContainEqual({ path: 'process.cwd', value: '/', source: 'default' });
    expect(created(hello, { source: 'commandLine' }).fields).toContainEqual(
      expect.objectContaining({ path: 'process.args', source: 'commandLine' }),
    );
  });

  test('fits its schema', () => {
    expect(fits('plan.schema.json', plan(hello, [earlier('stopped')]))).toBe(true);
  });

  test('creates, starts and awaits each Job in the order of the file', () => {
    const { changes, steps } = plan(`${hello}---\n${hello.replace('name: hello', 'name: second')}`);
    expect(changes).toBe(true);
    expect(steps.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'create hello',
      'start hello',
      'wait hello',
      'create second',
      'start second',
      'wait second',
    ]);
  });

  test('puts a container that has ended out of the way, with the reason', () => {
    const [first, second] = plan(hello, [earlier('stopped')]).steps;
    expect(first).toEqual({
      kind: 'remove',
      id: 'e'.repeat(64),
      name: 'hello',
      reason: expect.stringContaining('ended'),
    });
    expect(second).toMatchObject({ kind: 'create', reason: 'a Job runs each time that it is applied' });
  });

  test.each(['creating', 'created', 'running', 'paused'] as const)(
    'never touches one that is %s',
    (status) => {
      expect(() => plan(hello, [earlier(status)])).toThrow(
        `the name "hello" is taken by container eeeeeeeeeeee, which is ${status}`,
      );
    },
  );

  test('keeps one that has ended where its name is not to be used again', () => {
    expect(() => plan(hello, [earlier('stopped')], { replace: false })).toThrow('the name "hello" is taken');
  });
});

describe('what cannot be honoured', () => {
  function refusals(text: string, changes: Partial<CompileOptions> = {}) {
    try {
      plan(text, [], changes);
    } catch (error) {
      if (error instanceof UnsupportedError) return error.problems;
      throw error;
    }
    return [];
  }

  test('is refused by its path, place and backend, all of it at once', () => {
    const text = `${hello}namespaces: { pid: host }
---
apiVersion: standard-container/v1
kind: Network
metadata: { name: data }
driver: macvlan
parent: eth0
`;
    expect(refusals(text)).toEqual([
      {
        file: 'a.yaml',
        line: 6,
        column: 20,
        path: 'namespaces.pid',
        message: '"host" is not supported yet by backend "native": each container has one of its own',
        expected: '"private"',
      },
      {
        file: 'a.yaml',
        line: 11,
        column: 9,
        path: 'driver',
        message: '"macvlan" is not supported yet by backend "native": containers are attached to bridges',
        expected: '"bridge"',
      },
      {
        file: 'a.yaml',
        line: 12,
        column: 9,
        path: 'parent',
        message: '"eth0" is not supported yet by backend "native": containers are attached to bridges',
      },
    ]);
  });

  test.each([
    ['monitor: { restart: { policy: on-failure } }', 'monitor.restart.policy'],
    ['monitor: { health: { args: [check] } }', 'monitor.health.args[0]'],
    ['logging: { driver: file }', 'logging.driver'],
    ['expect: { listening: [80] }', 'expect.listening[0]'],
  ])('%s is', (text, paths) => {
    expect(
      refusals(`${hello}${text}\n`)
        .map(({ path }) => path)
        .join(' '),
    ).toBe(paths);
  });

  test.each([
    ['logging: { driver: file }', '"file"'],
    ['monitor: { restart: { policy: on-failure } }', '"on-failure"'],
  ])('of a Job alone is told as that: %s', (text, what) => {
    const message = `${what} is for kind Container: a Job runs once, on the streams of its caller`;
    expect(refusals(`${hello}${text}\n`)).toMatchObject([{ message }]);
  });

  test('is the log of a Job of a file, and not of one of the command line, which can be left', () => {
    const text = `${hello}terminal: { tty: true, stdin: true }\nlogging: { driver: file, maxFiles: 2 }\n`;
    expect(refusals(text)).toHaveLength(2);
    expect(refusals(text, { source: 'commandLine' })).toEqual([]);
  });

  test.each([
    'namespaces: { pid: private, time: host }',
    'namespaces: { time: private, timeOffsets: { boottime: -1d } }',
    'network: { mode: none, ports: [] }',
    'network: { mode: host }',
    'namespaces: { network: "container:web" }',
    'monitor: { init: false, restart: { policy: never } }',
    'logging: { driver: none }',
    'mounts: [{ bind: /d, target: /d, ifMissing: fail, propagation: rprivate }]',
    'resources: { shm: 64Mi, io: {} }',
    'dependsOn: []',
  ])('%s asks for what happens anyway', (text) => {
    expect(refusals(`${hello}${text}\n`)).toEqual([]);
  });

  test('is told with the other backends that support it', () => {
    const { fields } = options.features;
    const unable = { ...fields, 'process.umask': { support: 'none' as const, reason: 'it has no umask' } };
    const others = [
      { backend: 'able', fields },
      { backend: 'unable', fields: unable },
    ];
    const features = { backend: 'native', fields: unable };
    const text = hello.replace('process: {', "process: { umask: '0077',");
    expect(refusals(text, { features, others })).toMatchObject([
      {
        path: 'process.umask',
        message: expect.stringMatching(/is not supported.* by backend "native": it has no umask$/),
        supportedBy: ['able'],
      },
    ]);
  });

  test('is told once where the backend refuses too what it does not declare', () => {
    const unsupported = () => [{ path: 'namespaces.pid', reason: 'it has no namespaces' }];
    expect(refusals(`${hello}namespaces: { pid: host }\n`, { unsupported })).toHaveLength(1);
  });

  test('is what the backend says too', () => {
    const unsupported = () => [{ path: 'terminal.tty', reason: 'it has no terminals' }];
    expect(refusals(hello, { unsupported })).toMatchObject([
      { path: 'terminal.tty', message: 'backend "native" cannot honour it: it has no terminals' },
    ]);
  });
});

describe('what a host makes of a field', () => {
  const remarks = (text: string, ...list: { path: string; message: string; value?: unknown }[]) =>
    created(`${hello}${text}`, { remarks: () => list }).fields?.filter(
      ({ path, remark }) => path.startsWith('resources.') && remark !== undefined,
    );

  test('stands at the field, or at the one that it is part of', () => {
    const text = 'resources: { memory: 64Mi, io: { devices: [{ path: /dev/a, readRate: 1Mi }] } }\n';
    expect(
      remarks(
        text,
        { path: 'resources.memory', message: 'not counted' },
        { path: 'resources.io.devices[0]', message: 'not written' },
        { path: 'resources.io.devices[0]', message: 'not read' },
      ),
    ).toMatchObject([
      { path: 'resources.memory', remark: 'not counted', source: 'file' },
      { path: 'resources.io', remark: 'not written; not read', source: 'file' },
    ]);
  });

  test('is a field of its own where the host decides', () => {
    const value = { name: 'nofile', soft: 1024, hard: 4096 };
    const remark = { path: 'resources.rlimits.nofile', message: 'the host has 4096', value };
    expect(remarks('', remark)).toEqual([
      { path: 'resources.rlimits.nofile', value, source: 'default', remark: 'the host has 4096' },
    ]);
  });
});

test('arguments, variables and labels of any text arrive as they are', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => /^\P{C}*$/u.test(value));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), text, (args, value) => {
      const quoted = (each: string) => JSON.stringify(each.replaceAll('${', () => '$${'));
      const lines = `${head}image: host
process: { args: [sh, ${args.map(quoted).join(', ')}] }
environment: { VALUE: ${quoted(value)} }
labels: { label: ${quoted(value)} }
`;
      const spec = created(lines).container;
      expect(spec.process.args).toEqual(['sh', ...args]);
      expect(spec.environment).toEqual({ VALUE: value });
      expect(spec.labels).toEqual({ label: value });
    }),
  );
});
