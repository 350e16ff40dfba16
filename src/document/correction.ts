import { needsQuotes } from './expectation.ts';

type Schema = Record<string, unknown>;

/** What was probably meant by a value that a schema does not take, as it is written in a file. */
export function correction(found: unknown, schema: Schema): string | undefined {
  const alternatives = Array.isArray(schema.anyOf) ? (schema.anyOf as Schema[]) : [];
  const types = [schema, ...alternatives].flatMap(({ type }) => type);
  if (typeof found === 'string') {
    if (types.includes('boolean')) return /^(true|false)$/i.test(found) ? found.toLowerCase() : undefined;
    if (types.includes('integer')) return /^(0|[1-9]\d{0,14})$/.test(found) ? found : undefined;
    if (types.includes('number')) return /^\d{1,15}(\.\d{1,15})?$/.test(found) ? found : undefined;
  }
  if (!types.includes('string') || typeof found === 'object') return undefined;
  // Of the right type and refused all the same: as text it would be no better.
  if (typeof found === 'number' && types.includes('integer')) return undefined;
  const text = String(found);
  const fits = candidates(text, String(schema.title)).find((candidate) => isTaken(candidate, schema));
  if (fits === undefined || fits === found) return undefined;
  return needsQuotes(fits) ? JSON.stringify(fits) : fits;
}

/** The same text in the ways in which other tools and people write it. */
function candidates(text: string, title: string): string[] {
  const isPath = /^(a|an absolute) path\b/.test(title) && /^[\w.-][\w./-]*$/.test(text);
  const paths = isPath ? [`./${text}`, `/${text}`] : [];
  return [text, ...amounts(text), text.toUpperCase(), text.toLowerCase(), ...paths];
}

/** `512 MB`, `10 sec`, `10`: as a size or a time. */
function amounts(text: string): string[] {
  const [, amount, unit = ''] = /^([\d.]+)\s*([a-zA-Z]*)$/.exec(text) ?? [];
  if (amount === undefined) return [];
  if (unit === '') return [`${amount}s`, `${amount}B`];
  const size = /^([kmgtp])i?b?$/i.exec(unit)?.[1];
  const time = /^(s|m|h)(ecs?|econds?|ins?|inutes?|ours?)$/i.exec(unit)?.[1];
  return [
    amount + unit,
    ...(time === undefined ? [] : [amount + time.toLowerCase()]),
    ...(size === undefined ? [] : [`${amount}${size.toUpperCase()}i`]),
  ];
}

function isTaken(text: string, { pattern, maxLength, minLength }: Schema): boolean {
  if (typeof maxLength === 'number' && text.length > maxLength) return false;
  if (typeof minLength === 'number' && text.length < minLength) return false;
  return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text);
}
