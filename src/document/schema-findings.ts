import { nearMisses } from '../errors/near-misses.ts';
import type { SchemaError } from '../schema/validator.ts';
import { correction } from './correction.ts';
import { expectationOf } from './expectation.ts';
import { type Complaint, either, type Finding, inWords } from './finding.ts';
import { placeOfForeignKey } from './foreign-keys.ts';
import { joinPath, pathOf } from './path.ts';
import { withoutEchoes } from './schema-echoes.ts';

type Schema = Record<string, unknown>;

/** The errors of a validator in words, each at its path. */
export function schemaFindings(errors: readonly SchemaError[], document: object): Finding[] {
  const findings = withoutEchoes(errors).map((error) =>
    findingOf(error, error.parentSchema ?? {}, pathOf(error.instancePath, document)),
  );
  // A text that is too long and has the wrong form is one thing.
  return [...new Map(findings.map((finding) => [`${finding.path}\0${finding.message}`, finding])).values()];
}

function findingOf(error: SchemaError, schema: Schema, path: string): Finding {
  const { keyword, params, data, propertyName } = error;
  if (propertyName !== undefined) {
    const { message, ...hints } = wrongValue(propertyName, schema);
    const named = message.replace('found', 'found the name');
    return { path: joinPath(path, propertyName), atKey: true, message: named, ...hints };
  }
  switch (keyword) {
    case 'additionalProperties':
      return unknownKey(String(params.additionalProperty), schema, path);
    case 'required':
      return { path, message: `missing key "${params.missingProperty}"` };
    case 'dependentRequired':
      return {
        path: joinPath(path, String(params.property)),
        atKey: true,
        message: `key "${params.property}" goes only with "${params.missingProperty}"`,
      };
    case 'oneOf':
      return { path, ...choiceOfKeys(data, schema.oneOf) };
    case 'minProperties':
      return { path, message: 'found an empty map', expected: `one of ${either(keysOf(schema))}` };
    case 'maxProperties':
      return {
        path,
        message: foundKeys(Object.keys(Object(data))),
        expected: `exactly one of ${either(keysOf(schema), 'and')}`,
      };
    case 'minItems':
      return { path, message: foundItems(data), expected: `at least ${items(params.limit)}` };
    case 'maxItems':
      return { path, message: foundItems(data), expected: `at most ${items(params.limit)}` };
    case 'const':
      return { path, message: `found ${inWords(data)}`, expected: inWords(schema.const) };
    case 'enum':
      return { path, ...wrongWord(data, (schema.enum as unknown[]).map(String)) };
    default:
      return { path, ...wrongValue(data, schema) };
  }
}

function unknownKey(key: string, schema: Schema, path: string): Finding {
  const known = keysOf(schema);
  const near = nearMisses(key, known);
  const meant = near.length > 0 ? either(near) : placeOfForeignKey(key, path, known);
  return {
    path: joinPath(path, key),
    atKey: true,
    message: `unknown key "${key}"`,
    ...(meant === undefined ? { expected: `one of ${either(known)}` } : { suggestion: meant }),
  };
}

function keysOf(schema: Schema): string[] {
  return Object.keys(schema.properties ?? {});
}

/** `oneOf: [{ required: ["bind"] }, { required: ["volume"] }]` against the keys that are there. */
function choiceOfKeys(data: unknown, alternatives: unknown): Complaint {
  const keys = (alternatives as { required: string[] }[]).flatMap(({ required }) => required);
  const found = keys.filter((key) => Object.hasOwn(Object(data), key));
  return { message: foundKeys(found), expected: `exactly one of ${either(keys, 'and')}` };
}

function foundItems(data: unknown): string {
  const count = Array.isArray(data) ? data.length : 0;
  return count === 0 ? 'found an empty list' : `found a list of ${count}`;
}

function items(limit: unknown): string {
  return limit === 1 ? '1 item' : `${limit} items`;
}

function foundKeys(keys: readonly string[]): string {
  return keys.length === 0 ? 'found none of the keys' : `found ${either(keys, 'and')} together`;
}

function wrongWord(data: unknown, words: readonly string[]): Complaint {
  const near = typeof data === 'string' ? nearMisses(data, words) : [];
  return {
    message: `found ${inWords(data)}`,
    expected: `one of ${either(words)}`,
    ...(near.length > 0 && { suggestion: either(near) }),
  };
}

function wrongValue(data: unknown, schema: Schema): Complaint {
  const suggestion = correction(data, schema);
  return {
    message: `found ${inWords(data)}`,
    expected: expectationOf(schema),
    ...(suggestion !== undefined && { suggestion }),
  };
}
