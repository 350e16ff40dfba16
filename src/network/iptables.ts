import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';
import { findProgram, HOST_PATH } from '../linux/find-program.ts';
import { additionOf, areIn, type Chains, removalOf } from './chains.ts';

/** Where several remove the same at once, only the first finds it. */
const TRIES = 5;

/** Whether a program of it is there. */
export function hasIptables(): boolean {
  return findProgram('iptables-restore', HOST_PATH) !== undefined;
}

/** Makes these chains anew, all or none. Throws SC_HOST_UNFIT. */
export function makeChains(words: string, all: readonly Chains[]): void {
  try {
    changeRules(words, (family, saved) =>
      [...all.map(({ name }) => removalOf(saved, name)), ...all.map((each) => additionOf(family, each))].join(
        '',
      ),
    );
  } catch (error) {
    try {
      for (const { name } of all) removeChains(words, name);
    } catch {
      // They are noted: whoever takes them away tries it again.
    }
    throw error;
  }
}

/** No effect where there are none. */
export function removeChains(words: string, name: string): void {
  if (hasIptables()) changeRules(words, (_, saved) => removalOf(saved, name));
}

/** Whether there are some that anything comes to, of each family. */
export function hasChains(words: string, name: string): boolean {
  return hasIptables() && families().every((family) => areIn(run(words, family, 'save'), name));
}

/** Has iptables-restore(8) do for each family what is to be done about what there is. */
export function changeRules(words: string, changeOf: (family: 4 | 6, saved: string) => string): void {
  for (const family of families()) {
    for (let left = TRIES; left > 0; left--) {
      const text = changeOf(family, run(words, family, 'save'));
      if (text === '') break;
      try {
        run(words, family, 'restore', text);
        break;
      } catch (error) {
        if (left === 1) throw error;
      }
    }
  }
}

/** Where the kernel has no IPv6 there is nothing to be said of it. */
function families(): (4 | 6)[] {
  return existsSync('/proc/net/if_inet6') ? [4, 6] : [4];
}

/**
 * It dies with sc: while it waits for the lock it would live on, and make what nobody would look for any more once the dead
 * has been cleaned up after (PR_SET_PDEATHSIG).
 */
function withItsCaller(argv: readonly string[]): readonly string[] {
  const setpriv = findProgram('setpriv', HOST_PATH);
  return setpriv === undefined ? argv : [setpriv, '--pdeathsig', 'KILL', ...argv];
}

/** Waits for whoever changes rules at the same time. What others have of rules may be any number of them. */
function run(words: string, family: 4 | 6, what: 'save' | 'restore', input = ''): string {
  const name = `${family === 4 ? 'iptables' : 'ip6tables'}-${what}`;
  const program = findProgram(name, HOST_PATH);
  if (program === undefined)
    throw new ScError('SC_HOST_UNFIT', `${words}: this machine has no ${name}`, {
      hint: 'install nftables (apt-get install nftables), or all of iptables',
    });
  const args = what === 'restore' ? ['--noflush', '--wait'] : [];
  const [file = '', ...rest] = withItsCaller([program, ...args]);
  try {
    return execFileSync(file, rest, {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {},
      maxBuffer: Number.POSITIVE_INFINITY,
    });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    const why = said.replaceAll(/\s*\n\s*/g, ' ') || errnoOf(cause) || 'it failed';
    throw new ScError('SC_HOST_UNFIT', `${words}: ${name}: ${why}`, {
      cause,
      hint: 'see whether the kernel has what it needs: iptables -L; ip6tables -L',
    });
  }
}
