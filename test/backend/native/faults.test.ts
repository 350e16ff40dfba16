import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { spec, start } from '../../support/containers.ts';
import { unmount } from '../../support/mounted.ts';
import { processesOf } from '../../support/processes.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const { launch, run } = native;

const descriptors = () => readdirSync('/proc/self/fd').length;

describe('in the process that launches', () => {
  test('a keeper that cannot be spawned leaves no descriptor', async () => {
    await run(['true']);
    const open = descriptors();
    for (let i = 0; i < 10; i++) {
      const stdio = { stdin: 99_999, stdout: 1, stderr: 2 };
      await expect(run(['true'], {}, { stdio })).rejects.toMatchObject({ errno: 'EBADF' });
    }
    expect(descriptors()).toBe(open);
  });

  test('a container that cannot start leaves no descriptor', async () => {
    await run(['true']);
    const open = descriptors();
    for (let i = 0; i < 10; i++) await expect(run(['nosuch'])).rejects.toThrow('ENOENT');
    expect(descriptors()).toBe(open);
  });

  test('a kill in the moment of the end does nothing', async () => {
    const { handle } = await launch(['true']);
    const end = performance.now() + 200;
    while (performance.now() < end) handle.kill(0);
    expect(await handle.wait()).toEqual({ code: 0, cause: 'exit' });
  });

  test('the terminal of a program that has already ended is still handed over', async () => {
    const launched = launch(['echo', 'seen'], { terminal: { tty: true } });
    const busy = performance.now() + 300;
    while (performance.now() < busy);
    const { handle } = await launched;
    const output = Buffer.alloc(16);
    const length = readSync(handle.terminal ?? -1, output);
    closeSync(handle.terminal ?? -1);
    expect(output.toString('utf8', 0, length)).toBe('seen\r\n');
    expect(await handle.wait()).toEqual({ code: 0, cause: 'exit' });
  });

  test('real-time signals are relayed no longer than there is somebody to hear them', async () => {
    const caught = () => /^SigCgt:\t(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    const otherwise = caught();
    const { handle } = await launch(['sleep', '1000']);
    handle.relayRealTimeSignals();
    expect(caught()).not.toBe(otherwise);
    handle.kill(9);
    await handle.wait();
    expect(caught()).toBe(otherwise);
  });
});

describe('with few open files allowed', () => {
  const maps = evenMaps({ inside: 0, host: 524288, size: 65536 });
  const binds = Array.from({ length: 200 }, (_, index) => ({
    type: 'bind',
    source: '/etc',
    target: `/mnt/${index}`,
  }));
  test.each([
    [64, {}],
    [80, {}],
    [160, { security: { userNamespace: maps }, mounts: binds }],
  ])('%i are refused with what to do', (limit, changes) => {
    const script = `ulimit -n ${limit}; exec "$@"`;
    const runner = join(import.meta.dirname, 'runner.ts');
    const more = JSON.stringify({ changes });
    const args = ['-c', script, 'sh', process.execPath, runner, native.workshop.directory, more];
    const { stderr, status } = spawnSync('sh', args, { encoding: 'utf8' });
    expect(stderr).toContain('ulimit -n');
    expect(status).toBe(1);
  });
});

describe('a keeper that is killed', () => {
  // Each at another moment, from before it has done anything until the program runs.
  test('in the middle of a launch takes all along', async () => {
    const args = ['sleep', '98765'];
    for (let moment = 0; moment < 40; moment++) {
      const container = spec(args);
      const launched = start(native.backend, native.workshop, container).then(
        ({ handle }) => handle.wait(),
        () => undefined,
      );
      const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
      const until = performance.now() + moment * 0.1;
      while (performance.now() < until);
      process.kill(Number(children.at(-1)), 'SIGKILL');
      await launched;
      expect(processesOf(args)).toEqual([]);
    }
  });

  test('takes along a program that has asked not to be', async () => {
    native.install(
      'stay',
      '#include <sys/prctl.h>\nint main() { prctl(PR_SET_PDEATHSIG, 0); for (;;) pause(); }',
    );
    const { handle } = await launch(['stay']);
    await sleep(50);
    process.kill(handle.keeperPid, 'SIGKILL');
    expect(await handle.wait()).toEqual({ code: null, cause: 'unknown' });
    expect(processesOf(['stay'])).toEqual([]);
  });
});

describe('a keeper', () => {
  test('that is stopped holds up nobody but who asks it', async () => {
    const script = 'trap "exit 7" TERM; echo ready; while :; do echo; sleep 0.02; done';
    const running = await launch(['sh', '-c', script]);
    process.kill(running.handle.keeperPid, 'SIGSTOP');
    const before = running.stdout().length;
    await vi.waitFor(() => expect(running.stdout().length).toBeGreaterThan(before + 7), 30_000);
    running.handle.kill(15);
    process.kill(running.handle.keeperPid, 'SIGCONT');
    expect((await running.outcome()).exit).toEqual({ code: 7, cause: 'exit' });
  });

  test.each(['size=4k', 'size=4k,ro'])(
    'that cannot write its record (%s) tells the end all the same',
    async (options) => {
      const recordDirectory = join(native.workshop.directory, 'record');
      mkdirSync(recordDirectory);
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'test', recordDirectory]);
      try {
        if (!options.includes('ro')) writeFileSync(join(recordDirectory, 'full'), Buffer.alloc(4096));
        expect((await run(['sh', '-c', 'exit 5'], {}, { recordDirectory })).exit).toEqual({
          code: 5,
          cause: 'exit',
        });
        expect(native.backend.readExit(recordDirectory)).toBeUndefined();
      } finally {
        await unmount(recordDirectory);
      }
    },
  );

  test('ends a fork bomb and removes its groups', async () => {
    const bomb = 'int main() { for (;;) fork(); }';
    native.install('bomb', bomb);
    const { handle } = await launch(['bomb'], { resources: { pids: 200 } });
    await sleep(200);
    handle.kill(9);
    expect(await handle.wait()).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
    expect(processesOf(['bomb'])).toEqual([]);
  });
});

describe('while the machine is busy', () => {
  /** Runs a program of C, `body` being all of its main, while `act` acts. */
  async function beside(body: string, args: string[], act: () => Promise<void>): Promise<void> {
    const program = native.install('beside', `int main(int argc, char **argv) { ${body} }`);
    const process = spawn(program, args);
    try {
      await act();
    } finally {
      process.kill('SIGKILL');
      await once(process, 'exit');
    }
  }

  // With `..` on the way, openat2 gives up when anything at all is renamed meanwhile.
  test('renames elsewhere disturb no start', async () => {
    symlinkSync('../../../etc', join(native.workshop.rootfs, 'link'));
    const files = ['a', 'b'].map((name) => join(native.workshop.directory, name));
    for (const file of files) writeFileSync(file, '');
    await beside('for (;;) rename(argv[1], argv[2]), rename(argv[2], argv[1]);', files, async () => {
      for (let i = 0; i < 40; i++) await run(['true'], { process: { cwd: '/link' } });
    });
  });

  test('containers that leave take the parents of groups away under nobody who comes', async () => {
    const parents = readHostCgroups().hierarchies.map(({ path }) => `${path}/sc-test`);
    await beside('for (;;) for (int i = 1; i < argc; i++) rmdir(argv[i]);', parents, async () => {
      for (let i = 0; i < 40; i++) await run(['true']);
    });
  });
});
