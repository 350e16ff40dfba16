import { afterEach, beforeEach, expect, test } from 'vitest';
import { mutants } from '../../src/conformance/mutants/mutants.ts';
import type { MutantsResult } from '../../src/schema/conformance-answer.ts';
import { makeCommandLine } from '../support/command-line.ts';

/** Milliseconds, many times what all of them take where they have a processor for themselves. */
const PATIENCE = 1_200_000;

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.remove());

const tryMutants = async (...args: string[]) => {
  const { exitCode, stdout } = await cli.sc('conformance', 'mutants', ...args, '--json');
  return { exitCode, result: JSON.parse(stdout) as MutantsResult };
};

test(
  'every case that names a mutant finds its fault',
  async () => {
    const { exitCode, result } = await tryMutants('--assume-sound');
    const survivors = result.mutants.filter(
      ({ killers, survived }) => killers.length === 0 || survived.length > 0,
    );
    expect({ exitCode, survivors, complete: result.complete }).toEqual({
      exitCode: 0,
      survivors: [],
      complete: true,
    });
    expect(result.mutants.map(({ mutant }) => mutant)).toEqual(Object.keys(mutants));
  },
  PATIENCE,
);

test('a fault that no case finds is told, and so is a mutant that nobody knows', async () => {
  const survivor = await tryMutants(
    ...['--mutant', 'ignore-umask', '--case', 'operations/exit-code', '--every'],
  );
  expect(survivor.exitCode).toBe(1);
  expect(survivor.result).toMatchObject({ unsound: [], mutants: [{ mutant: 'ignore-umask', killers: [] }] });
  const { exitCode, stderr } = await cli.sc('conformance', 'mutants', '--mutant', 'ignore-unmask');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('there is no mutant "ignore-unmask"');
});
