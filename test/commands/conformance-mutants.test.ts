import { afterEach, beforeEach, expect, test } from 'vitest';
import { mutants } from '../../src/conformance/mutants/mutants.ts';
import type { MutantsResult } from '../../src/schema/conformance-answer.ts';
import { makeCommandLine } from '../support/command-line.ts';

/** Mutants of one start of sc. */
const MANY = 8;

/** Milliseconds, several times what that many take where they have a processor for themselves. */
const PATIENCE = 600_000;

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.remove());

const tryMutants = async (names: readonly string[], ...more: string[]) => {
  const chosen = names.flatMap((name) => ['--mutant', name]);
  const { exitCode, stdout } = await cli.sc('conformance', 'mutants', ...chosen, ...more, '--json');
  return { exitCode, result: JSON.parse(stdout) as MutantsResult };
};

const names = Object.keys(mutants);
const groups = Array.from({ length: Math.ceil(names.length / MANY) }, (_, index) => [
  names.slice(index * MANY, (index + 1) * MANY),
]);

test.each(groups)(
  'every case that names one of these finds its fault: %s',
  async (group) => {
    const { exitCode, result } = await tryMutants(group, '--assume-sound');
    const survivors = result.mutants.filter(
      ({ killers, survived }) => killers.length === 0 || survived.length > 0,
    );
    expect({ exitCode, survivors, complete: result.complete }).toEqual({
      exitCode: 0,
      survivors: [],
      complete: true,
    });
    expect(result.mutants.map(({ mutant }) => mutant)).toEqual(group);
  },
  PATIENCE,
);

test('a fault that no case finds is told, and so is a mutant that nobody knows', async () => {
  const survivor = await tryMutants(['ignore-umask'], '--case', 'operations/exit-code', '--every');
  expect(survivor.exitCode).toBe(1);
  expect(survivor.result).toMatchObject({ unsound: [], mutants: [{ mutant: 'ignore-umask', killers: [] }] });
  const { exitCode, stderr } = await cli.sc('conformance', 'mutants', '--mutant', 'ignore-unmask');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('there is no mutant "ignore-unmask"');
});
