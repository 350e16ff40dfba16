import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import {
  dismissMonitor,
  eventually,
  isAlive,
  killMonitor,
  makeCommandLine,
} from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

let hook: string;
beforeEach(() => {
  hook = join(cli.directory, 'hook');
  program('hook', 'cat >"$PLACE/$1.state"; echo "$1" >>"$PLACE/order"');
  cli.write('order', '');
});

/** A program of the host. */
function program(name: string, script: string): string {
  const path = join(cli.directory, name);
  writeFileSync(path, `#!/bin/sh\nPATH=/bin:/usr/bin\n${script}\n`, { mode: 0o755 });
  return path;
}

const order = () => cli.read('order').trimEnd().split('\n');
const noting = (name: string) =>
  `{ path: ${hook}, args: [hook, ${name}], environment: { PLACE: ${cli.directory} } }`;
const hooks = (more = '') => `hooks:
  poststart: [${more}${noting('started')}]
  poststop: [${more}${noting('ended')}]
`;
const file = (kind: string, name: string, args: string[], more: string) =>
  cli.write(
    `${name}.yaml`,
    `apiVersion: standard-container/v1
kind: ${kind}
metadata: { name: ${name} }
image: ./rootfs
process: { args: ${JSON.stringify(args)} }
${more}`,
  );
const inspect = async (name: string) => cli.json<ContainerState>('inspect', name);

test('of a Job they are run at its start and its end, with its state', async () => {
  const { exitCode } = await cli.sc('apply', file('Job', 'job', ['sh', '-c', 'sleep 0.1; exit 3'], hooks()));
  expect(exitCode).toBe(3);
  expect(order()).toEqual(['started', 'ended']);
  const { id } = await inspect('job');
  const [started, ended] = ['started', 'ended'].map((name) => JSON.parse(cli.read(`${name}.state`)));
  const bundle = join(cli.root, 'containers', id);
  expect(started).toEqual({ ociVersion: '1.0.2', id, status: 'running', pid: expect.any(Number), bundle });
  expect(ended).toEqual({ ociVersion: '1.0.2', id, status: 'stopped', bundle });
  await cli.sc('delete', 'job');
});

test('of what runs detached they are run at each start and each end', async () => {
  const path = file('Container', 'web', ['sleep', '1000'], hooks());
  expect((await cli.sc('apply', path)).exitCode).toBe(0);
  expect(order()).toEqual(['started']);
  await cli.sc('restart', '--time', '0', 'web');
  expect(order()).toEqual(['started', 'ended', 'started']);
  await killMonitor(cli.root);
  await cli.sc('stop', '--time', '0', 'web');
  await eventually(() => (order().length === 4 ? true : undefined));
  expect(order().at(-1)).toBe('ended');
  await cli.sc('delete', 'web');
  expect(order()).toHaveLength(4);
});

test('a killed keeper keeps nobody from the hooks of the end', async () => {
  await cli.sc('apply', file('Container', 'kept', ['sleep', '1000'], hooks()));
  const { keeper, init } = await inspect('kept');
  process.kill(keeper?.pid ?? 0, 'SIGKILL');
  await eventually(() => (isAlive(init?.pid ?? 0) ? undefined : true));
  await eventually(() => (order().length === 2 ? true : undefined));
  await cli.sc('delete', '--force', 'kept');
  expect(order()).toEqual(['started', 'ended']);
});

test('one that fails or hangs is told, and changes nothing', async () => {
  const failing = `{ path: ${program('failing', 'echo no way >&2; exit 3')} }, `;
  const hanging = `{ path: ${program('hanging', 'exec sleep 1000')}, timeout: 1s }, `;
  const { exitCode, stderr } = await cli.sc('apply', file('Job', 'bad', ['true'], hooks(failing + hanging)));
  expect(exitCode).toBe(0);
  for (const point of ['poststart', 'poststop']) {
    const at = (index: number, name: string) =>
      `sc: hooks.${point}[${index}] of "bad": execute "${join(cli.directory, name)}"`;
    expect(stderr).toContain(`${at(0, 'failing')}: exit code 3: no way\n`);
    expect(stderr).toContain(`${at(1, 'hanging')}: it has not ended within 1 s, and was killed\n`);
  }
  expect(order()).toEqual(['started', 'ended']);
  await cli.sc('delete', 'bad');

  await cli.sc('apply', file('Container', 'worse', ['sleep', '1000'], hooks(failing)));
  expect(readFileSync(join(cli.root, 'monitor/log'), 'utf8')).toContain('exit code 3: no way');
  await cli.sc('delete', '--force', 'worse');
  await eventually(() => (order().length === 4 ? true : undefined));
});

test('one that is not there is refused with its place before anything is made', async () => {
  const more = 'hooks:\n  poststop: [{ path: /no/such }]\n';
  const { exitCode, stderr } = await cli.sc('apply', file('Job', 'missing', ['true'], more));
  expect(exitCode).toBe(1);
  expect(stderr).toContain('missing.yaml:7:22: hooks.poststop[0].path: "/no/such" does not exist');
});

/** One of the end that does something else before it is noted. */
const atEnd = (name: string, script: string) =>
  `hooks:
  poststart: [${noting('started')}]
  poststop: [{ path: ${program(name, `${script}; echo ended >>"$PLACE/order"`)}, environment: { PLACE: ${cli.directory} } }]
`;

test('a monitor that is killed while one runs leaves the end and its hooks to whoever finds it', async () => {
  const script = 'echo $$ >"$PLACE/number"; until [ -e "$PLACE/go" ]; do sleep 0.02; done';
  await cli.sc('apply', file('Container', 'left', ['sleep', '1000'], atEnd('waiting', script)));
  await cli.sc('stop', '--time', '0', 'left');
  const running = await eventually(() =>
    cli.exists('number') ? Number(cli.read('number')) || undefined : undefined,
  );
  await killMonitor(cli.root);
  process.kill(-running, 'SIGKILL');
  await eventually(() => (isAlive(running) ? undefined : true));
  cli.write('go', '');
  await cli.sc('ps');
  expect(order()).toEqual(['started', 'ended']);
  await cli.sc('delete', 'left');
});

test('who starts one again waits for the hooks of its end', async () => {
  await cli.sc('apply', file('Container', 'again', ['sleep', '1000'], atEnd('slow', 'sleep 0.5')));
  await cli.sc('stop', '--time', '0', 'again');
  await cli.sc('start', 'again');
  expect(order()).toEqual(['started', 'ended', 'started']);
  await cli.sc('delete', '--force', 'again');
  expect(order()).toHaveLength(4);
});

test('who deletes one before its monitor knows of the end runs the hooks of it, and nobody does once more', async () => {
  await cli.sc('apply', file('Container', 'still', ['sleep', '1000'], hooks()));
  const { runner } = await inspect('still');
  process.kill(runner.pid, 'SIGSTOP');
  try {
    expect((await cli.sc('delete', '--force', 'still')).exitCode).toBe(0);
  } finally {
    process.kill(runner.pid, 'SIGCONT');
  }
  expect(order()).toEqual(['started', 'ended']);
  await dismissMonitor(cli.root);
  expect(order()).toEqual(['started', 'ended']);
});

test('one may have more time than a timer of Node knows', async () => {
  const path = program('patient', 'sleep 0.2; echo ended >>"$PLACE/order"');
  const more = `hooks: { poststop: [{ path: ${path}, timeout: 30d, environment: { PLACE: ${cli.directory} } }] }\n`;
  const { stderr } = await cli.sc('apply', file('Job', 'month', ['true'], more));
  expect({ stderr, order: order() }).toEqual({ stderr: '', order: ['ended'] });
  await cli.sc('delete', 'month');
});

test('what one has said last is told, however much it has said before', async () => {
  const path = program(
    'loud',
    'head -c 300000 /dev/zero | tr "\\0" x >&2; echo >&2; echo no way >&2; exit 3',
  );
  const { stderr } = await cli.sc(
    'apply',
    file('Job', 'loud', ['true'], `hooks: { poststop: [{ path: ${path} }] }\n`),
  );
  expect(stderr).toContain(`execute "${path}": exit code 3: no way\n`);
  await cli.sc('delete', 'loud');
});

describe('with a runtime of the OCI', () => {
  const making = (path: string) => `security: { userNamespace: host }
hooks:
  createRuntime: [${noting('making')}]
  createContainer: [{ path: ${path} }]
  poststart: [${noting('started')}]
  poststop: [${noting('ended')}]
`;

  test('all are run in the order of a life', async () => {
    const path = file('Job', 'runc', ['true'], making('/bin/true'));
    const { exitCode, stderr } = await cli.sc('apply', '--backend', 'oci:runc', path);
    expect({ exitCode, stderr: stderr.includes('hooks') }).toEqual({ exitCode: 0, stderr: false });
    expect(order()).toEqual(['making', 'started', 'ended']);
    await cli.sc('delete', 'runc');
  });

  test('where one of the making fails nothing has started, and the hooks of the end are run', async () => {
    const path = file('Job', 'failed', ['true'], making(program('failing', 'echo no way >&2; exit 3')));
    const { exitCode, stderr } = await cli.sc('apply', '--backend', 'oci:runc', path);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no way');
    expect(order()).toEqual(['making', 'ended']);
    expect((await cli.sc('inspect', 'failed')).exitCode).not.toBe(0);
  });

  test('native names them, and who can', async () => {
    const path = file('Job', 'native', ['true'], making('/bin/true'));
    expect((await cli.sc('apply', path)).stderr).toContain(
      `hooks.createRuntime[0].path: "${hook}" is not supported by backend "native"`,
    );
    expect((await cli.sc('plan', '--backend', 'oci:runc', path)).stdout).toMatch(
      /hooks\.createRuntime\s+from the file/,
    );
  });
});

test('adopted, a container says its hooks', async () => {
  await cli.sc('apply', file('Container', 'own', ['sleep', '1000'], hooks()));
  const adopted = cli.write('adopted.yaml', (await cli.sc('adopt', 'own')).stdout);
  const { exitCode } = await cli.sc('plan', adopted);
  expect(exitCode).toBe(0);
  await cli.sc('delete', '--force', 'own');
  await eventually(() => (order().length === 2 ? true : undefined));
});
