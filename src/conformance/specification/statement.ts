import { createHash } from 'node:crypto';
import type { Line, Page } from './page.ts';

export type Level = 'must' | 'should' | 'may';

/** A normative sentence, with what stands before it. */
export interface Statement {
  id: string;
  /** The letters in the middle of its ID. */
  prefix: string;
  number: number;
  level: Level;
  /** Version of the specification that had it first. */
  since: string;
  profile: string;
  /** The sentence of the OCI that it corresponds to: file and section. */
  oci: string | undefined;
  text: string;
  file: string;
  line: number;
}

/** What an ID looks like, wherever it stands. */
export const ID = /\bSC-[A-Z]+-\d+\b/g;

/** Whatever begins like a statement has to be one. */
export const BEGINNING = /^\s*[-*] `?SC-/;

const FORM =
  /^- `(SC-([A-Z]+)-(\d{3}))` \((must|should|may), since (\d+\.\d+), profile ([a-z]+)(?:, OCI: "([^"]+)")?\) (\S.*)$/;

/** The words of RFC 2119 in capitals, by the level of a sentence that has one; the longer ones first. */
const WORDS: Readonly<Record<string, Level>> = {
  REQUIRED: 'must',
  SHALL: 'must',
  MUST: 'must',
  RECOMMENDED: 'should',
  SHOULD: 'should',
  OPTIONAL: 'may',
  MAY: 'may',
};

/** Undefined where the line is none. */
export function readStatement(file: string, { number: line, text: whole }: Line): Statement | undefined {
  const match = FORM.exec(whole);
  if (match === null) return undefined;
  const [, id = '', prefix = '', digits = '', level, since = '', profile = '', oci, text = ''] = match;
  return {
    ...{ id, prefix, number: Number(digits), level: level as Level, since, profile, oci, text },
    ...{ file, line },
  };
}

export function statementsOf({ file, prose }: Page): Statement[] {
  return prose.flatMap((line) => readStatement(file, line) ?? []);
}

/** Levels of the words in capitals that a text has. */
export function levelsIn(words: string): Set<Level> {
  const found = words.match(/\b[A-Z]{3,}\b/g) ?? [];
  return new Set(found.flatMap((word) => WORDS[word] ?? []));
}

/**
 * What a case keeps of a sentence that it checks: the first 12 hex digits of the digest of its level and words. Whoever
 * changes one of them makes the case stale; line breaks, version, profile and source do not count.
 */
export function hashOf({ level, text }: Pick<Statement, 'level' | 'text'>): string {
  const words = `${level} ${text.trim().replace(/\s+/g, ' ')}`;
  return createHash('sha256').update(words).digest('hex').slice(0, 12);
}
