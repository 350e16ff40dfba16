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
  const text = String(found);
  const fits = candidates(text).find((candidate) => isTaken(candidate, schema));
  if (fits === undefined || fits === found) return undefined;
  return needsQuotes(fits) ? JSON.stringify(fits) : fits;
}

/** The same text in the ways in which other tools write it. */
function candidates(text: string): string[] {
  const compact = text.replaceAll(/\s/g, '');
  const [, amount = '', unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(compact) ?? [];
  const size = /^([kmgtp])i?b?$/i.exec(unit)?.[1];
  const time = { sec: 's', secs: 's', seconds: 's', min: 'm', mins: 'm', minutes: 'm', hours: 'h' }[unit];
  return [
    text,
    compact,
    ...(time === undefined ? [] : [amount + time]),
    ...(size === undefined ? [] : [`${amount}${size.toUpperCase()}i`]),
    ...(amount === '' || unit !== '' ? [] : [`${amount}s`, `${amount}B`]),
    text.toUpperCase(),
    text.toLowerCase(),
    `./${text}`,
    `/${text}`,
  ];
}

function isTaken(text: string, { pattern, maxLength, minLength }: Schema): boolean {
  if (typeof maxLength === 'number' && text.length > maxLength) return false;
  if (typeof minLength === 'number' && text.length < minLength) return false;
  return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text);
}
