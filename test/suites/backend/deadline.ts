import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Bench } from './bench.ts';

/** What becomes of a container that runs for longer than it may. */
export function deadlineSuite(bench: Bench): void {
  const { needs, run, sh } = bench;

  /** Runs until it is stopped. */
  const loop = 'while :; do sleep 0.02; done';
  const timed = (timeout: number, stopTimeout: number, stopSignal = 15) => ({
    monitor: { timeout },
    signals: { stopTimeout, stopSignal },
  });

  describe('a deadline', () => {
    const test = needs({ 'monitor.timeout': '700ms' });

    test('does nothing to what ends sooner', async () => {
      expect((await sh('exit 3', timed(3_600_000, 0))).exit).toEqual({ code: 3, cause: 'exit' });
    });

    test('asks with the stop signal, and is the cause whatever the code', async () => {
      const { exit, stdout } = await sh(`trap "echo asked; exit 7" USR1; ${loop}`, timed(700, 60_000, 10));
      expect({ exit, stdout }).toEqual({ exit: { code: 7, cause: 'deadline' }, stdout: 'asked\n' });
    });

    test('kills what does not end when it is asked to', async () => {
      // It may need longer to say that it was asked where the machine is busy.
      for (let [patience, said] = [300, '']; said === ''; patience *= 4) {
        const { exit, stdout } = await sh(`trap "echo asked" TERM; ${loop}`, timed(700, patience));
        expect(exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'deadline' });
        said = stdout;
        expect(['', 'asked\n']).toContain(said);
      }
    });

    test('kills at once where nothing is to be waited for', async () => {
      const { exit, stdout } = await sh(`trap "echo asked; exit 7" TERM; ${loop}`, timed(300, 0));
      expect({ exit, stdout }).toEqual({
        exit: { code: 137, signal: 'SIGKILL', cause: 'deadline' },
        stdout: '',
      });
    });

    test('asks once and kills never where that is to be waited for for ever', async () => {
      const script =
        'trap "asked=yes; echo asked" TERM; until [ "$asked" ]; do sleep 0.02; done; sleep 0.3; exit 4';
      const { exit, stdout } = await sh(script, timed(700, -1));
      expect({ exit, stdout }).toEqual({ exit: { code: 4, cause: 'deadline' }, stdout: 'asked\n' });
    });

    test('is in the record of the end', async () => {
      const recordDirectory = join(bench.workshop.directory, 'record');
      mkdirSync(recordDirectory);
      const { exit } = await run(['sleep', '1000'], timed(1, 0), { recordDirectory });
      expect(exit.cause).toBe('deadline');
      expect(bench.backend.readExit(recordDirectory)?.exit).toEqual(exit);
    });

    test('is no excuse for a program that could not be executed', async () => {
      await expect(run(['nosuch'], timed(1, 0))).rejects.toMatchObject({ code: 'SC_PROGRAM_NOT_FOUND' });
    });
  });
}
