import { describe, expect, test, vi } from 'vitest';
import type { Bench } from './bench.ts';

/** What reaches the program, and what ends it. */
export function signalsSuite(bench: Bench): void {
  const { launch, run } = bench;

  describe('signals', () => {
    test('SIGTERM reaches the program', async () => {
      const running = await launch([
        'sh',
        '-c',
        'trap "echo got it; exit 7" TERM; echo ready; while :; do sleep 0.05; done',
      ]);
      await vi.waitFor(() => expect(running.stdout()).toBe('ready\n'), 30_000);
      running.handle.kill(15);
      expect(await running.outcome()).toMatchObject({
        exit: { code: 7, cause: 'exit' },
        stdout: 'ready\ngot it\n',
      });
    });

    test('SIGKILL ends it with 137', async () => {
      const running = await launch(['sleep', '1000']);
      running.handle.kill(9);
      expect((await running.outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
    });

    test('real-time signals to the caller reach the program', async () => {
      const running = await launch([
        'sh',
        '-c',
        'trap "exit 9" RTMIN+3 || trap "exit 9" 37; echo ready; while :; do sleep 0.05; done',
      ]);
      await vi.waitFor(() => expect(running.stdout()).toBe('ready\n'), 30_000);
      const stop = running.handle.relayRealTimeSignals();
      process.kill(process.pid, 37);
      expect((await running.outcome()).exit).toEqual({ code: 9, cause: 'exit' });
      stop();
    });

    test('no signal is blocked or ignored at the start', async () => {
      const { stdout } = await run(['grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status']);
      expect(stdout).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
    });

    test('a kill after the end does nothing', async () => {
      const running = await launch(['true']);
      await running.outcome();
      expect(() => running.handle.kill(9)).not.toThrow();
    });
  });
}
