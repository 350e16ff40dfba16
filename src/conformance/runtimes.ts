import { ScError } from '../errors/error.ts';
import { mutants } from './mutants/mutants.ts';
import { programOf } from './places.ts';

/** What each runtime is to the program of the adapters. */
const known: { readonly [name: string]: readonly [kind: string, name: string] } = {
  sc: ['sc', 'native'],
  'sc-native': ['sc', 'native'],
  'sc-lxc': ['sc', 'lxc'],
  'sc-runc': ['sc', 'oci:runc'],
  'sc-crun': ['sc', 'oci:crun'],
  runc: ['oci', 'runc'],
  crun: ['oci', 'crun'],
  podman: ['engine', 'podman'],
  docker: ['engine', 'docker'],
  lxc: ['lxc', 'lxc'],
};

/** Names that an adapter is there for. */
const knownRuntimes: readonly string[] = Object.keys(known);

/** Before the name of a mutant. */
const MUTANT = 'mutant:';

/** argv of the adapter of a runtime: one of those above, a mutant, or the path of a runtime of the OCI. */
export function adapterOf(runtime: string): string[] {
  if (runtime.startsWith(MUTANT)) return programWith('mutant', mutantNamed(runtime.slice(MUTANT.length)));
  const [kind, name] = known[runtime] ?? ['oci', runtime];
  if (known[runtime] === undefined && !runtime.startsWith('/'))
    throw new ScError('SC_USAGE', `there is no adapter for "${runtime}"`, {
      hint: `one of ${knownRuntimes.join(', ')}, the absolute path of a runtime of the OCI, or --adapter 'COMMAND'`,
    });
  return programWith(kind, name);
}

function mutantNamed(name: string): string {
  if (Object.hasOwn(mutants, name)) return name;
  throw new ScError('SC_USAGE', `there is no mutant "${name}"`, {
    hint: `one of ${Object.keys(mutants).join(', ')}`,
  });
}

function programWith(kind: string, name: string): string[] {
  return [process.execPath, '--disable-warning=ExperimentalWarning', programOf('adapters/main'), kind, name];
}
