import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { membersByOperation } from '../../src/backend/operations.ts';
import { backendNames, featuresOf } from '../../src/backend/registry.ts';
import { fieldPaths } from '../../src/schema/field-paths.ts';
import type { FeaturesResult } from '../../src/schema/operations/features.ts';
import type { PortabilityResult } from '../../src/schema/operations/portability.ts';
import { job, makeCommandLine } from '../support/command-line.ts';

const operationNames = [...membersByOperation.keys()];
const backends = await Promise.all(backendNames.map(featuresOf));
let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

describe('sc features', () => {
  test('tells of each field what the backend declares, and nothing is made for that', async () => {
    const { exitCode, stdout, stderr } = await cli.sc('features');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^FIELD +SUPPORTED +WHY$/);
    const end = lines.indexOf('');
    expect(lines.slice(1, end).map((line) => line.split(' ')[0])).toEqual(fieldPaths);
    expect(lines[end + 1]).toMatch(/^OPERATION +SUPPORTED +WHY$/);
    expect(lines.slice(end + 2)).toContainEqual(expect.stringMatching(/^run --detach +yes/));
    expect(stdout).toMatch(/^process\.args +all$/m);
    expect(existsSync(cli.root)).toBe(false);
  });

  test('is the documented object with --json, whatever the backend', async () => {
    for (const { backend, fields } of backends) {
      const answer = await cli.json<FeaturesResult>('features', '--backend', backend, '--json');
      expect(answer).toMatchObject({ backend, fields });
      expect(Object.keys(answer.operations)).toEqual(operationNames);
    }
    expect(await cli.json('features', '--json')).toMatchObject({ backend: 'native', installed: true });
  });

  test('looks for a runtime where a start does, and not where the caller has programs', async () => {
    for (const backend of ['lxc', 'oci:runc']) {
      const args = ['features', '--json', '--backend', backend];
      const { stdout } = await execa(cli.executable, args, {
        ...cli.options,
        env: { ...cli.options.env, PATH: cli.directory },
      });
      expect(JSON.parse(stdout)).toMatchObject({ backend, installed: true });
    }
  });

  test('tells what this host does not have as the refusal of a container does', async () => {
    const { lacking } = await cli.json<FeaturesResult>('features', '--json');
    expect(fieldPaths).toEqual(expect.arrayContaining(lacking.map(({ path }) => path)));
    const refused = async (text: string) =>
      (await cli.sc('plan', cli.write('asks.yaml', job('asks', ['true'], text)))).stderr;
    const samples = {
      'resources.memory': 'resources: { memory: 64Mi }\n',
      'resources.io.weight': 'resources: { io: { weight: 200 } }\n',
      'security.apparmor': 'security: { apparmor: nothing-like-that }\n',
      'security.selinux': 'security: { selinux: "a:b:c:s0" }\n',
    };
    for (const [path, text] of Object.entries(samples)) {
      const reason = lacking.find((field) => field.path === path)?.reason;
      if (reason !== undefined) expect(await refused(text)).toContain(reason);
      else if (path !== 'security.apparmor') expect(await refused(text)).toBe('');
    }
  });

  test('of an unknown backend is an error that lists those that are known', async () => {
    const { exitCode, stderr } = await cli.sc('features', '--backend', 'nautical');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('unknown backend "nautical"');
    for (const backend of backendNames) expect(stderr).toContain(`--backend ${backend}`);
  });
});

test('a refusal says why the backend does not, what it supports, and which others could', async () => {
  const mount = 'mounts: [{ bind: /srv, target: /srv, propagation: rshared }]\n';
  const file = cli.write('shared.yaml', job('shared', ['true'], mount));
  const { exitCode, stderr } = await cli.sc('apply', '--backend', 'oci:runc', file);
  expect(exitCode).toBe(1);
  const able = backends.filter(({ fields }) => fields['mounts[].propagation'].support === 'all');
  const names = able.map(({ backend }) => backend).join(', ');
  expect(names).toContain('native');
  expect(stderr).toMatch(
    /^shared\.yaml:6:\d+: mounts\[0\]\.propagation: "rshared" is not supported by backend "oci:runc": /,
  );
  expect(stderr).toMatch(new RegExp(`; expected "rprivate" or "private"; supported by ${names}\n$`));
  expect(await cli.json('plan', '--json', '--backend', 'oci:runc', file)).toMatchObject({
    error: { problems: [{ path: 'mounts[0].propagation', supportedBy: names.split(', ') }] },
  });
});

describe('sc plan --portability', () => {
  const nobodyLooks = 'nobody looks who listens, and a Job has ended when it is checked';
  const strange = `${job('strange', ['true'], 'expect: { listening: [80] }\n')}---\n${job('plain', ['true'])}`;

  test('is the documented object with --json: each document, each backend, each field', async () => {
    const file = cli.write('matrix.yaml', strange);
    const answer = await cli.json<PortabilityResult>('plan', '--portability', '--json', file);
    expect(answer.file).toBe('matrix.yaml');
    expect(answer.backends.map(({ backend }) => backend)).toEqual(backendNames);
    expect(answer.backends).toContainEqual({ backend: 'native', installed: true });
    expect(answer.documents.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['Job strange', 'Job plain']);
    const [first, second] = answer.documents.map(({ backends }) =>
      backends.find(({ backend }) => backend === 'native'),
    );
    expect(first).toEqual({
      backend: 'native',
      runs: false,
      refused: [{ path: 'expect.listening[0]', line: 6, column: 23, found: '80', reason: nobodyLooks }],
    });
    expect(second).toEqual({ backend: 'native', runs: true, refused: [] });
  });

  test('is a matrix on a terminal, with the place and reason of each refusal below it, and ends with 0', async () => {
    const { exitCode, stdout } = await cli.sc('plan', '--portability', cli.write('matrix.yaml', strange));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ +native\b/);
    expect(stdout).toMatch(/^Job strange +no \(1\)/m);
    expect(stdout).toMatch(/^Job plain +yes/m);
    expect(stdout).toContain(
      `matrix.yaml:6:23: native: Job strange: expect.listening[0]: 80: ${nobodyLooks}\n`,
    );
    expect(existsSync(cli.root)).toBe(false);
  });

  test('of a bad file is the error of any command, and beside --syscalls one of usage', async () => {
    const file = cli.write('bad.yaml', `${job('bad', ['true'])}unknown: 1\n`);
    expect(await cli.sc('plan', '--portability', file)).toMatchObject({ exitCode: 2, stdout: '' });
    expect((await cli.sc('plan', '--portability', '--syscalls', file)).exitCode).toBe(2);
  });
});
