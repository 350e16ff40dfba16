import { scAdapter } from '../adapters/sc.ts';
import type { Adapter } from '../adapters/serve.ts';
import { mutants } from './mutants.ts';

/**
 * sc on its native backend with one of the faults; `become` gives it another one, so that not each of them waits for a
 * start of Node. It declares what sc does.
 */
export function mutantAdapter(name: string): Adapter {
  let current = mutantNamed(name);
  const become = async ({ mutant }: { mutant: string }) => {
    current.close?.();
    current = mutantNamed(mutant);
  };
  return {
    describe: () => current.describe(),
    get operations() {
      return { ...current.operations, become };
    },
  };
}

function mutantNamed(name: string): Adapter {
  const { put } = (Object.hasOwn(mutants, name) ? mutants[name] : undefined) ?? {};
  if (put === undefined) throw new Error(`there is no mutant "${name}"`);
  const faulty = put(scAdapter('native'));
  return {
    ...faulty,
    describe: async () => ({ ...(await faulty.describe()), name: `mutant:${name}` }),
  };
}
