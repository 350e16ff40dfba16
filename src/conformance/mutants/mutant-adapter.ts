import { scAdapter } from '../adapters/sc.ts';
import type { Adapter } from '../adapters/serve.ts';
import { mutants } from './mutants.ts';

/** sc on its native backend with one of the faults. It declares what sc does. */
export function mutantAdapter(name: string): Adapter {
  const { put } = (Object.hasOwn(mutants, name) ? mutants[name] : undefined) ?? {};
  if (put === undefined) throw new Error(`there is no mutant "${name}"`);
  const sound = put(scAdapter('native'));
  return {
    ...sound,
    describe: async () => ({ ...(await sound.describe()), name: `mutant:${name}` }),
  };
}
