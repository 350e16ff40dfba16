import { isDeepStrictEqual } from 'node:util';
import { parseDuration } from '../document/units.ts';
import type { ExitStatus } from '../schema/container-state.ts';
import type { Expectation } from '../schema/plan.ts';
import type { Listeners } from './output.ts';

/** What is known of a container that has ended. */
export interface EndFacts {
  exit: ExitStatus;
  /** How long it has run. */
  milliseconds: number;
  heard: Listeners;
  /** Why those of the files are not there that are expected. */
  missing: ReadonlyMap<string, string>;
  /** As `sc diff` tells them: `A /etc/motd`. */
  changes: readonly string[];
}

/** Characters of a text that are told where it is another than expected. */
const LONGEST = 400;

/** What was found instead, in words; undefined where it is as expected. Pure. */
export function foundInstead({ path, wanted }: Pick<Expectation, 'path' | 'wanted'>, facts: EndFacts) {
  const [, key = ''] = /(?:^|\.)expect\.(.+)$/.exec(path) ?? [];
  const [name, how] = key.split('.');
  if (name === 'stdout' || name === 'stderr') return ofText(facts.heard[name], String(how), String(wanted));
  if (name === 'diff') return ofChanges(facts.changes, String(how), wanted as readonly string[]);
  if (name === 'exitCode') return ofExit(facts.exit, wanted);
  if (name === 'time') {
    const { milliseconds } = facts;
    return milliseconds <= parseDuration(String(wanted))
      ? undefined
      : `took ${milliseconds}ms, expected ${wanted} at most`;
  }
  return facts.missing.get(String(wanted));
}

function ofExit({ code, cause }: ExitStatus, wanted: unknown): string | undefined {
  if (code === wanted) return undefined;
  return `found ${code ?? '?'}${cause === 'exit' ? '' : `, ${cause}`}, expected ${wanted}`;
}

function ofText(heard: Listeners['stdout'], how: string, wanted: string): string | undefined {
  const text = heard?.bytes().toString('utf8') ?? '';
  const isWhole = heard === undefined || !heard.isFull;
  const isSo = {
    equals: () => isWhole && text === wanted,
    contains: () => text.includes(wanted),
    matches: () => new RegExp(wanted, 'mu').test(text),
  }[how];
  if (isSo?.()) return undefined;
  const words = {
    equals: quoted(wanted),
    contains: `${quoted(wanted)} in it`,
    matches: `what fits /${wanted}/`,
  };
  const rest = isWhole ? '' : ', of which only the beginning is looked at';
  return `found ${quoted(text)}${rest}, expected ${words[how as keyof typeof words]}`;
}

function ofChanges(changes: readonly string[], how: string, wanted: readonly string[]): string | undefined {
  const missing = wanted.filter((change) => !changes.includes(change));
  const there = wanted.filter((change) => changes.includes(change));
  const isSo = {
    equals: () => isDeepStrictEqual(changes.toSorted(), [...new Set(wanted)].toSorted()),
    contains: () => missing.length === 0,
    lacks: () => there.length === 0,
  }[how];
  if (isSo?.()) return undefined;
  if (how === 'lacks') return `found ${there.join(', ')}, expected no such change`;
  const found = changes.length === 0 ? 'nothing changed' : listed(changes);
  const expected =
    how === 'equals' ? (wanted.length === 0 ? 'nothing' : wanted.join(', ')) : missing.join(', ');
  return `found ${found}, expected ${expected}${how === 'equals' ? ' and no more' : ''}`;
}

function listed(changes: readonly string[]): string {
  const [most, others] = [changes.slice(0, 10), changes.length - 10];
  return `${most.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

function quoted(text: string): string {
  if (text.length <= LONGEST) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, LONGEST))}... (${text.length} characters)`;
}
