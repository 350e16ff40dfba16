import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

test('that no descriptor is left is told, and ends nobody who runs a hook', async () => {
  const script = `
    import { openSync, writeSync } from 'node:fs';
    import { runHook } from ${JSON.stringify(join(import.meta.dirname, '../../src/operations/run-hook.ts'))};
    const hook = { path: '/bin/true', args: ['true'], environment: [], timeout: 30_000 };
    try {
      for (;;) openSync('/dev/null', 'r');
    } catch {}
    writeSync(1, String(await runHook(hook, '{}')));`;
  const limited = 'ulimit -n 60; exec "$0" --input-type=module --eval "$1"';
  const { exitCode, stdout } = await execa('sh', ['-c', limited, process.execPath, script], {
    reject: false,
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'EMFILE' });
});
