import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Bench, Changes } from './bench.ts';

/** Which process a container is, for others of the host. */
export function pidFilesSuite(bench: Bench): void {
  const { needs, launch, run } = bench;

  describe('a pid file', () => {
    const test = needs({ 'monitor.pidFile': '/run/a.pid' });

    /** A directory for it, which the container sees. */
    const place = () => {
      const directory = join(bench.workshop.directory, 'pids');
      mkdirSync(directory);
      const file = join(directory, 'a.pid');
      const changes: Changes = {
        monitor: { pidFile: file },
        mounts: [{ type: 'bind', source: directory, target: '/pids', readOnly: true }],
      };
      return { directory, file, changes, names: () => readdirSync(directory) };
    };
    const untilGo = 'until [ -e /pids/go ]; do sleep 0.02; done';

    test('tells the number of process 1 before the program is executed, and is gone at the end', async () => {
      const { directory, file, changes, names } = place();
      const running = await launch(['sh', '-c', `cat /pids/a.pid; ${untilGo}`], changes);
      const said = `${running.handle.pid}\n`;
      expect(readFileSync(file, 'utf8')).toBe(said);
      expect(names()).toEqual(['a.pid']);
      writeFileSync(join(directory, 'go'), '');
      expect(await running.outcome()).toMatchObject({ exit: { code: 0 }, stdout: said });
      expect(names()).toEqual(['go']);
    });

    test('is that of an init where there is one', async () => {
      const { file, changes, names } = place();
      const monitor = { init: true, pidFile: file };
      const running = await launch(['sh', '-c', 'cat /pids/a.pid'], { ...changes, monitor });
      expect(await running.outcome()).toMatchObject({ stdout: `${running.handle.pid}\n` });
      expect(names()).toEqual([]);
    });

    test('comes in the place of a link, which nobody follows', async () => {
      const { directory, file, changes } = place();
      const other = join(bench.workshop.directory, 'other');
      writeFileSync(other, 'text');
      symlinkSync(other, file);
      const running = await launch(['sh', '-c', untilGo], changes);
      expect(lstatSync(file).isFile()).toBe(true);
      expect(readFileSync(other, 'utf8')).toBe('text');
      writeFileSync(join(directory, 'go'), '');
      await running.outcome();
    });

    test('stays where somebody else has put one of his own in its place', async () => {
      const { directory, file, changes } = place();
      const running = await launch(['sh', '-c', untilGo], changes);
      writeFileSync(file, '1\n');
      writeFileSync(join(directory, 'go'), '');
      await running.outcome();
      expect(readFileSync(file, 'utf8')).toBe('1\n');
    });

    test('is gone where the program cannot be executed', async () => {
      const { changes, names } = place();
      await expect(run(['nosuch'], changes)).rejects.toMatchObject({ code: 'SC_PROGRAM_NOT_FOUND' });
      expect(names()).toEqual([]);
    });

    test('in a directory that is not there lets nothing start, and says what to do', async () => {
      const { directory, changes } = place();
      const monitor = { pidFile: join(directory, 'none/a.pid') };
      await expect(run(['true'], { ...changes, monitor })).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        errno: 'ENOENT',
        message: expect.stringContaining(`open "${directory}/none", where the pid file is: ENOENT`),
        hint: `make its directory before: mkdir -p ${directory}/none`,
      });
    });

    test('that is a directory lets nothing start, and leaves nothing beside it', async () => {
      const { file, changes, names } = place();
      mkdirSync(file);
      await expect(run(['true'], changes)).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        errno: 'EISDIR',
        message: expect.stringContaining(`write the pid file "${file}": EISDIR`),
      });
      expect(names()).toEqual(['a.pid']);
    });
  });
}
