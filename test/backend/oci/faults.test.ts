import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ociBackend } from '../../../src/backend/oci/oci.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { eventually } from '../../support/command-line.ts';
import { makeWorkshop, spec, start } from '../../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../../support/leak-check.ts';
import { unmount } from '../../support/mounted.ts';

describe('a runtime that', () => {
  let workshop: ReturnType<typeof makeWorkshop>;
  let before: ReturnType<typeof snapshotHost>;

  beforeEach(() => {
    before = snapshotHost();
    workshop = makeWorkshop();
  });

  afterEach(async () => {
    workshop.remove();
    await expectNoLeaks(before);
  });

  const root = () => join(workshop.directory, 'sc');

  /** Runs a container by runc behind a script, in which `$verb` is what it was called for. */
  async function run(script: string, patience = 10_000, changes: Parameters<typeof spec>[1] = {}) {
    const runtime = join(workshop.directory, 'runtime');
    const verb = 'for word; do case $word in run|delete) verb=$word;; esac; done';
    writeFileSync(runtime, `#!/bin/sh\n${verb}\n${script}\nexec runc "$@"\n`, { mode: 0o755 });
    const container = spec(['true'], changes);
    const outcome = start(ociBackend({ root: root(), runtime, patience }), workshop, container).then(
      (running) => running.outcome(),
    );
    try {
      return await outcome;
    } finally {
      expect(existsSync(join(root(), 'tools', container.id))).toBe(false);
    }
  }

  test('does what it is told runs a container', async () => {
    expect((await run('')).exit).toEqual({ code: 0, cause: 'exit' });
  });

  test('gets standard streams that are on no filesystem, since not each has files without a name', async () => {
    const seen = join(workshop.directory, 'seen');
    await run(`streams=$(readlink /proc/$$/fd/0 /proc/$$/fd/1); echo "$streams" >'${seen}'`);
    expect(readFileSync(seen, 'utf8')).toMatch(/^(\/memfd:.*\n){2}$/);
  });

  test('hangs is killed, and nothing is left', async () => {
    await expect(run('if [ $verb = run ]; then sleep 1000; fi', 1000)).rejects.toMatchObject({
      code: 'SC_TIMEOUT',
      message: 'runtime run: it has not ended within 1 s, and was killed',
    });
  });

  test('hangs whatever it is called for is killed, and the first call is the one that is told of', async () => {
    await expect(run('sleep 1000', 1000)).rejects.toMatchObject({
      code: 'SC_TIMEOUT',
      message: 'runtime run: it has not ended within 1 s, and was killed',
    });
  });

  test('fills its standard error is stopped before it fills the disk', async () => {
    await expect(run('if [ $verb = run ]; then exec yes "too much" >&2; fi')).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message: expect.stringMatching(/^runtime run: t/),
    });
  });

  test('says garbage is told of in few words', async () => {
    const failed = run('if [ $verb = run ]; then head -c 100000 /dev/urandom >&2; exit 1; fi');
    const { message } = await failed.then(
      () => new Error(),
      (error: Error) => error,
    );
    expect(message).toMatch(/^runtime run: /);
    expect(message.length).toBeLessThan(600);
  });

  test('is killed while it makes a container leaves nothing, also of whom it has started', async () => {
    const script = 'if [ $verb = run ]; then runc "$@" & sleep 0.03; kill -9 $$; fi';
    await expect(run(script)).rejects.toMatchObject({ code: 'SC_START_FAILED' });
  });

  test('changes what a container may write limits it as its file says, and not as the runtime is', async () => {
    const container = spec(['sh', '-c', 'ulimit -f; ulimit -Hf']);
    const running = await start(ociBackend({ root: root(), runtime: 'runc' }), workshop, container);
    expect((await running.outcome()).stdout).toBe('unlimited\nunlimited\n');
  });

  test('has no room for its bundle is an error that names the place, and nothing is left', async () => {
    mkdirSync(root());
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', root()]);
    try {
      await expect(run('')).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        errno: 'ENOSPC',
        message: expect.stringContaining(`"${join(root(), 'tools')}/`),
      });
    } finally {
      await unmount(root());
    }
  });

  test('is called twenty times at once runs each container, with its own code', async () => {
    const backend = ociBackend({ root: root(), runtime: 'runc' });
    const codes = Array.from({ length: 20 }, (_, code) => code);
    const exits = await Promise.all(
      codes.map(async (code) => {
        const running = await start(backend, workshop, spec(['sh', '-c', `exit ${code}`]));
        return (await running.outcome()).exit.code;
      }),
    );
    expect(exits).toEqual(codes);
    expect(readdirSync(join(root(), 'tools'))).toEqual([]);
    expect(readdirSync(join(root(), 'oci', 'runc'))).toEqual([]);
  });

  test('is replaced by one that only fails while a container runs changes nothing for that', async () => {
    const runtime = join(workshop.directory, 'runtime');
    const write = (script: string) => writeFileSync(runtime, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    write('exec runc "$@"');
    const backend = ociBackend({ root: root(), runtime });
    const running = await start(
      backend,
      workshop,
      spec(['sh', '-c', 'trap "exit 5" TERM; echo up; while :; do sleep 0.02; done']),
    );
    await eventually(() => (running.stdout() === '' ? undefined : true));
    write('exit 1');
    running.handle.kill(15);
    expect((await running.outcome()).exit).toEqual({ code: 5, cause: 'exit' });
    expect(readdirSync(join(root(), 'tools'))).toEqual([]);
  });

  test('has been uninstalled leaves nothing of a container that it has made', async () => {
    const runtime = join(workshop.directory, 'runtime');
    writeFileSync(runtime, '#!/bin/sh\nexec runc "$@"\n', { mode: 0o755 });
    const backend = ociBackend({ root: root(), runtime });
    const container = spec(['sleep', '1000']);
    const running = await start(backend, workshop, container);
    rmSync(runtime);
    running.handle.kill(9);
    expect((await running.outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });

    // Another sc, which has not found the runtime before.
    await ociBackend({ root: root(), runtime }).cleanUp(container.id);

    expect(
      readdirSync(root(), { recursive: true }).filter((path) => `${path}`.includes(container.id)),
    ).toEqual([]);
  });

  test('fails is an error with its own words', async () => {
    const fail = `if [ $verb = run ]; then echo 'msg="no \\"luck\\""' >&2; exit 1; fi`;
    await expect(run(fail)).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message: 'runtime run: no "luck"',
      hint: expect.stringContaining('--backend native'),
    });
  });

  test('says that a container runs which is not is found out', async () => {
    await expect(run('if [ $verb = run ]; then exit 0; fi')).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message: 'runtime run: it says that the container runs, and there is none',
    });
  });

  test('says so, and leaves somebody who holds the socket of the container, is found out in the end', async () => {
    const left = join(workshop.directory, 'left');
    await expect(
      run(`if [ $verb = run ]; then sleep 1000 & echo $! >'${left}'; exit 0; fi`, 4000),
    ).rejects.toMatchObject({
      code: 'SC_TIMEOUT',
      message:
        'runtime run: it says that the container runs, and its first process has said nothing within 4 s',
    });
    const state = `/proc/${readFileSync(left, 'utf8').trim()}/stat`;
    await eventually(() => !existsSync(state) || undefined);
  });

  test.each([
    ['"uid": 0,', '"uid": 1,', 'look whether its uid is 0'],
    ['"CAP_CHOWN"', '"CAP_CHOWN", "CAP_SYS_ADMIN"', 'look whether CAP_SYS_ADMIN is dropped'],
    ['noNewPrivileges":true', 'noNewPrivileges":false', 'look for no_new_privs'],
    ['"seccomp"', '"passedOver"', 'look for the filter of system calls'],
  ])('does not do %s is found out by looking at the process', async (told, done, step) => {
    const change = `sed -i 's/${told.replace(':', ': *')}/${done}/' ${root()}/tools/*/config.json`;
    await expect(run(`if [ $verb = run ]; then ${change}; fi`)).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      errno: 'ENODATA',
      message: expect.stringContaining(step),
      hint: 'the runtime was told to see to it, and has not: use another one',
    });
  });

  test('gives a container the users of the host is found out by looking at the process', async () => {
    const change = `sed -i -z 's/"uidMappings".*"cgroupsPath"/"cgroupsPath"/; s/,[^,]*"user"[^,]*]/]/' ${root()}/tools/*/config.json`;
    const security = { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) };
    const started = run(`if [ $verb = run ]; then ${change}; fi`, 10_000, { security });
    await expect(started).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message: expect.stringContaining('look whether its uid is 524288'),
    });
  });

  test.each([
    ['nosuch', 'ENOENT'],
    ['/nonexistent/runtime', 'ENOENT'],
    ['/etc/passwd', 'EACCES'],
  ])('cannot be called by "%s" is an error that says what to do', async (runtime, errno) => {
    const started = start(ociBackend({ root: root(), runtime }), workshop, spec(['true']));
    await expect(started).rejects.toMatchObject({ code: 'SC_HOST_UNFIT', errno, hint: expect.any(String) });
  });
});
