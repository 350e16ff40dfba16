import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HookSpec } from '../../../src/schema/container-spec.ts';
import { reasonToSkip } from '../needs.ts';
import type { Bench } from './bench.ts';

/** Programs of the host that are run while a container is made; the others sc runs itself (test/commands/hooks.test.ts). */
export function hooksSuite(bench: Bench): void {
  const { needs, launch, run } = bench;
  const points = ['createRuntime', 'createContainer'] as const;
  const lacks = points.map((point) =>
    reasonToSkip(bench.features, { [`hooks.${point}[].path`]: '/bin/true' }),
  );
  if (lacks.some((reason) => reason !== undefined)) {
    test('hooks while a container is made are refused by name, all of them', () => {
      expect(lacks).toEqual(points.map((point) => expect.stringContaining(`has no hooks.${point}[].path`)));
    });
    return;
  }

  describe('hooks', () => {
    /** A program that everybody may execute, in a place that everybody may write to. */
    const program = (script: string): string => {
      const directory = join(bench.workshop.directory, 'hooks');
      mkdirSync(directory, { recursive: true });
      for (const path of [bench.workshop.directory, directory]) chmodSync(path, 0o777);
      const path = join(directory, 'hook');
      writeFileSync(path, `#!/bin/sh\nPATH=/bin:/usr/bin\ncd ${directory}\n${script}\n`, { mode: 0o755 });
      chmodSync(path, 0o755);
      return path;
    };
    const hook = (path: string, more: Partial<HookSpec> = {}): HookSpec => ({
      ...{ path, args: ['hook'], environment: [], timeout: 30_000 },
      ...more,
    });
    const written = (name: string) => readFileSync(join(bench.workshop.directory, 'hooks', name), 'utf8');

    for (const point of points) {
      const test = needs({ [`hooks.${point}[].path`]: '/bin/true' });

      test(`${point} failing lets nothing start, and is told`, async () => {
        const path = program('cat >/dev/null; exit 3');
        const hooks = { [point]: [hook(path)] };
        await expect(run(['true'], { hooks })).rejects.toMatchObject({
          code: 'SC_START_FAILED',
          message: expect.stringMatching(/hook/),
          hint: expect.stringContaining('look at what the hook does'),
        });
      });

      test(`${point} is over after its time, and nothing starts`, async () => {
        const hooks = { [point]: [hook(program('exec sleep 1000'), { timeout: 1000 })] };
        await expect(run(['true'], { hooks })).rejects.toMatchObject({ code: 'SC_START_FAILED' });
      });
    }

    const testRuntime = needs({ 'hooks.createRuntime[].path': '/bin/true' });

    testRuntime(
      'createRuntime gets the state, its arguments and its variables alone, one after another',
      async () => {
        const path = program('cat >state.$1; /usr/bin/env >env.$1; echo $1 >>order');
        const hooks = {
          createRuntime: [
            hook(path, { args: ['hook', 'one'], environment: ['A=b c'] }),
            hook(path, { args: ['hook', 'two'] }),
          ],
        };
        const running = await launch(['sleep', '1000'], { hooks });
        try {
          const { id } = running.container;
          expect(JSON.parse(written('state.one'))).toMatchObject({ id, pid: running.handle.pid });
          expect(written('order')).toBe('one\ntwo\n');
          const variables = (name: string) =>
            written(name)
              .split('\n')
              .filter((line) => !/^(PATH|PWD|OLDPWD|SHLVL|_)=|^$/.test(line));
          expect([variables('env.one'), variables('env.two')]).toEqual([['A=b c'], []]);
        } finally {
          running.handle.kill(9);
          await running.outcome();
        }
      },
    );

    testRuntime(
      'createRuntime sees the root filesystem, and its mounts are not those of the machine',
      async () => {
        const path = program(
          'cat >/dev/null; ls /run/sc-root/root >root; mount -t tmpfs none "$PWD"; echo >"$PWD/here"',
        );
        await run(['true'], { hooks: { createRuntime: [hook(path)] } });
        expect(written('root')).toContain('bin\n');
        expect(existsSync(join(bench.workshop.directory, 'hooks/here'))).toBe(false);
      },
    );
  });
}
