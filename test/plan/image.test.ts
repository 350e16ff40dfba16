import { describe, expect, test } from 'vitest';
import { each, none } from '../../src/backend/features.ts';
import { featuresOf } from '../../src/backend/registry.ts';
import { parseDocuments } from '../../src/document/load.ts';
import { evenMaps } from '../../src/linux/id-maps.ts';
import { type CompileOptions, compile } from '../../src/plan/compile.ts';
import { faultsOfConfig } from '../../src/plan/image-facts.ts';
import { parseImageReference } from '../../src/plan/image-reference.ts';
import { UnsupportedError } from '../../src/plan/unsupported.ts';
import type { Features } from '../../src/schema/features.ts';
import type { ImageProcess } from '../../src/schema/image/config.ts';
import type { CreateStep } from '../../src/schema/plan.ts';

const native = await featuresOf('native');

const source = {
  kind: 'image',
  name: 'web:1.0',
  id: `sha256:${'1'.repeat(64)}`,
  layers: '3'.repeat(64),
} as const;

const config: ImageProcess = {
  Entrypoint: ['nginx'],
  Cmd: ['-g', 'daemon off;'],
  Env: ['PATH=/opt/bin:/bin', 'EMPTY=', 'TWICE=a=b', 'TWICE=c=d'],
  User: 'www-data',
  WorkingDir: '/srv',
  StopSignal: 'SIGQUIT',
  Labels: { maker: 'me', version: '1' },
  Healthcheck: { Test: ['CMD-SHELL', 'curl localhost'], Interval: 5e9, Retries: 7 },
};

function create(
  text: string,
  said: ImageProcess = config,
  kind = 'Container',
  features: Features = native,
): CreateStep {
  const head = `apiVersion: standard-container/v1\nkind: ${kind}\nmetadata: { name: web }\nimage: web:1.0\n`;
  const documents = parseDocuments(head + text, 'a.yaml', { environment: {}, set: {} });
  const options: CompileOptions = {
    features,
    others: [],
    unsupported: () => [],
    remarks: () => [],
    newId: () => 'c'.repeat(64),
    source: 'file',
    directory: '/srv/project',
    removeOnExit: false,
    replace: true,
    updates: true,
    userNamespace: () => ({ maps: evenMaps({ inside: 0, host: 524288, size: 65536 }), setsIpc: true }),
    capabilities: [],
    maskedPaths: [],
    seccompProfiles: new Map(),
    images: new Map([['web:1.0', { source, config: said }]]),
    volumes: { path: (name) => `/volumes/${name}/data`, known: new Map() },
    networks: new Map(),
    imageDocuments: new Map(),
  };
  const step = compile(documents, [], options).steps.find(({ kind }) => kind === 'create');
  if (step?.kind !== 'create') throw new Error('no container is created');
  return step;
}

const container = (text: string, said?: ImageProcess, kind?: string) => create(text, said, kind).container;

describe('a container of an image', () => {
  test('has what the image says, above the defaults', () => {
    const { image, process, environment, signals, labels, monitor } = container('');
    expect(image).toEqual(source);
    expect(process).toMatchObject({ args: ['nginx', '-g', 'daemon off;'], cwd: '/srv', user: 'www-data' });
    expect(environment).toEqual({ PATH: '/opt/bin:/bin', EMPTY: '', TWICE: 'c=d' });
    expect(signals.stopSignal).toBe(3);
    expect(labels).toEqual({ maker: 'me', version: '1' });
    expect(monitor.health).toEqual({
      args: ['/bin/sh', '-c', 'curl localhost'],
      interval: 5000,
      timeout: 30_000,
      startPeriod: 0,
      startInterval: 5000,
      retries: 7,
    });
  });

  test('is refused where the backend does not support what the image says, until the file says otherwise', () => {
    const health = each(none('nothing is run inside'), 'monitor.health.args', 'monitor.health.interval');
    const features = { backend: 'some', fields: { ...native.fields, ...health } };
    const refused = (text: string) => {
      try {
        create(text, config, 'Container', features);
      } catch (error) {
        if (error instanceof UnsupportedError) return error.problems;
        throw error;
      }
      return [];
    };
    const words = 'of the image is not supported by backend "some": nothing is run inside';
    expect(refused('')).toMatchObject([
      { path: 'monitor.health.args[0]', message: `"/bin/sh" ${words}` },
      { path: 'monitor.health.interval', message: `5000 ${words}` },
    ]);
    expect(refused('monitor: { health: { disable: true } }')).toEqual([]);
  });

  test('has what the file says, above the image', () => {
    const file = `
process: { args: [-t], cwd: /tmp, user: nobody }
environment: { EMPTY: full, PATH: null, MINE: "1" }
signals: { stopSignal: SIGINT }
labels: { version: "2" }
monitor: { health: { interval: 9s } }
`;
    const { process, environment, signals, labels, monitor } = container(file);
    expect(process).toMatchObject({ args: ['nginx', '-t'], cwd: '/tmp', user: 'nobody' });
    expect(environment).toEqual({ PATH: null, EMPTY: 'full', TWICE: 'c=d', MINE: '1' });
    expect(signals.stopSignal).toBe(2);
    expect(labels).toEqual({ maker: 'me', version: '2' });
    expect(monitor.health).toMatchObject({ args: ['/bin/sh', '-c', 'curl localhost'], interval: 9000 });
  });

  test('says in its plan what comes from the image', () => {
    const { fields = [] } = create('process: { user: nobody }');
    const sourceOf = (path: string) => fields.find((field) => field.path === path)?.source;
    expect(
      ['process.args', 'process.user', 'process.cwd', 'environment', 'signals.stopTimeout'].map(sourceOf),
    ).toEqual(['image', 'file', 'image', 'image', 'default']);
  });

  test.each<[string, string, string[]]>([
    ['its entrypoint and command', '', ['nginx', '-g', 'daemon off;']],
    ['arguments in the place of its command', 'process: { args: [-v] }', ['nginx', '-v']],
    ['an entrypoint, which drops its command', 'process: { entrypoint: [sh] }', ['sh']],
    ['an entrypoint with arguments', 'process: { entrypoint: [sh], args: [-c, ls] }', ['sh', '-c', 'ls']],
    ['arguments alone, without its entrypoint', 'process: { entrypoint: [], args: [ls] }', ['ls']],
  ])('runs %s', (_, text, args) => {
    expect(container(text).process.args).toEqual(args);
  });

  test('is not checked where image or file say so', () => {
    expect(container('monitor: { health: { disable: true } }').monitor.health).toBeUndefined();
    const none = { ...config, Healthcheck: { Test: ['NONE'] } };
    expect(container('', none).monitor.health).toBeUndefined();
  });

  test('is checked at times of whole milliseconds', () => {
    const times = { Interval: 1, Timeout: 1_500_000, StartPeriod: 1, StartInterval: 2_000_001 };
    const said = { ...config, Healthcheck: { Test: ['CMD', 'true'], ...times } };
    expect(container('', said).monitor.health).toMatchObject({
      ...{ interval: 1, timeout: 2, startPeriod: 1, startInterval: 3 },
    });
  });

  test('is not checked as a Job, which nobody starts again', () => {
    expect(container('', config, 'Job').monitor.health).toBeUndefined();
  });

  test('has the defaults where the image says nothing', () => {
    const { process, environment, signals } = container('process: { args: [ls] }', {
      User: '',
      WorkingDir: '',
      Env: null,
      Cmd: null,
    });
    expect(process).toMatchObject({ args: ['ls'], cwd: '/', user: '0' });
    expect(environment).toEqual({});
    expect(signals.stopSignal).toBe(15);
  });

  test('has a working directory from the root on', () => {
    expect(container('', { ...config, WorkingDir: 'srv' }).process.cwd).toBe('/srv');
  });
});

test.each<[ImageProcess, string[]]>([
  [config, []],
  [{}, []],
  [{ Env: ['A=1', '=x', 'B', 'C=\0'] }, ['Env[1] "=x"', 'Env[2] "B"', 'Env[3] "C=\\u0000"']],
  [{ StopSignal: 'SIGFOO' }, ['StopSignal "SIGFOO"']],
  [{ Cmd: ['a\0b'] }, ['Cmd "a\\u0000b"']],
  [{ WorkingDir: '/a\0b' }, ['WorkingDir "/a\\u0000b"']],
  [{ User: 'u'.repeat(256) }, []],
  [{ User: 'u'.repeat(257) }, [`User "${'u'.repeat(144)}...`]],
  [{ Env: Array(13).fill('x') }, [...Array.from({ length: 10 }, (_, at) => `Env[${at}] "x"`), '3 more']],
  [{ Env: ['x'.repeat(200)] }, [`Env[0] "${'x'.repeat(142)}...`]],
  [{ Healthcheck: { Test: ['CMD'] } }, ['Healthcheck.Test ["CMD"]']],
  [{ Healthcheck: { Test: ['EXEC', 'true'] } }, ['Healthcheck.Test ["EXEC","true"]']],
  [{ Healthcheck: { Test: [] } }, []],
  [{ Healthcheck: { Test: ['NONE'] } }, []],
  [{ Healthcheck: { Test: ['CMD-SHELL'] } }, ['Healthcheck.Test ["CMD-SHELL"]']],
  [{ Healthcheck: { Test: ['CMD', 'a\0b'] } }, ['Healthcheck.Test ["CMD","a\\u0000b"]']],
  [{ Healthcheck: { Test: ['NONE'] } }, []],
])('what no container can have of %j is named', (said, faults) => {
  expect(faultsOfConfig(said)).toEqual(faults);
});

test.each([
  ['host', { kind: 'host' }],
  ['./rootfs', { kind: 'directory', path: '/srv/rootfs' }],
  ['..', { kind: 'directory', path: '/' }],
  ['/abs', { kind: 'directory', path: '/abs' }],
  ['debian:bookworm', { kind: 'name', name: 'debian:bookworm' }],
  ['registry:5000/a/b@sha256:00', { kind: 'name', name: 'registry:5000/a/b@sha256:00' }],
  ['oci:./layout', { kind: 'layout', path: '/srv/layout' }],
  ['oci:./layout:1.0', { kind: 'layout', path: '/srv/layout', tag: '1.0' }],
  ['oci:/a:b/layout', { kind: 'layout', path: '/a:b/layout' }],
  ['archive:image.tar', { kind: 'archive', path: '/srv/image.tar' }],
])('the reference %s is read', (text, reference) => {
  expect(parseImageReference(text, '/srv')).toEqual(reference);
});
