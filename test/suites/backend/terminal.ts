import { describe, expect, vi } from 'vitest';
import type { Bench } from './bench.ts';

/** A pseudo-terminal of its own. */
export function terminalSuite(bench: Bench): void {
  const { launch, needs } = bench;

  describe('terminal', () => {
    needs({ 'terminal.tty': true })(
      'is the controlling terminal, the console and all three streams',
      async () => {
        const running = await launch(
          [
            'sh',
            '-c',
            'test -t 0 && test -t 1 && test -t 2 && tty && stty size && stat -c %t:%T /dev/console && echo ok >/dev/tty',
          ],
          { terminal: { tty: true } },
          { windowSize: { rows: 33, columns: 111 } },
        );
        const { ReadStream } = await import('node:tty');
        const master = new ReadStream(running.handle.terminal ?? -1);
        let output = '';
        master.on('data', (chunk) => {
          output += chunk;
        });
        master.on('error', () => master.destroy());
        expect((await running.outcome()).exit).toEqual({ code: 0, cause: 'exit' });
        await vi.waitFor(() => expect(output).toBe('/dev/pts/0\r\n33 111\r\n88:0\r\nok\r\n'), 30_000);
        master.destroy();
      },
    );
  });
}
