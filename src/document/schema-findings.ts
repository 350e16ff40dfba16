import { nearMisses } from '../errors/near-misses.ts';
import type { SchemaError } from '../schema/validator.ts';
import { correction } from './correction.ts';
import { expectationOf } from './expectation.ts';
import { type Complaint, either, type Finding, inWords } from './finding.ts';
import { placeOfForeignKey } from './foreign-keys.ts';
import { joinPath, pathOf } from './path.ts';

type Schema = Record<string, unknown>;

/** The errors of a validator in words, each at its path. */
export function schemaFindings(errors: readonly SchemaError[], document: object): Finding[] {
  return withoutEchoes(errors).map((error) => {
    const path = pathOf(error.instancePath, document);
    return findingOf(error, error.parentSchema ?? {}, path);
  });
}

function findingOf(error: SchemaError, schema: Schema, path: string): Finding {
  const { keyword, params, data, propertyName } = error;
  if (propertyName !== undefined) {
    const name = { message: `found the name ${inWords(propertyName)}`, expected: expectationOf(schema) };
    return { path: joinPath(path, propertyName), atKey: true, ...name };
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
    case 'maxProperties':
      return { path, message: foundKeys(Object.keys(Object(data))), expected: expectationOf(schema) };
    case 'const':
      return { path, message: `found ${inWords(data)}`, expected: inWords(schema.const) };
    case 'enum':
      return { path, ...wrongWord(data, (schema.enum as unknown[]).map(String)) };
    default:
      return { path, ...wrongValue(data, schema) };
  }
}

function unknownKey(key: string, schema: Schema, path: string): Finding {
  const known = Object.keys(schema.properties ?? {});
  const near = nearMisses(key, known);
  const meant = near.length > 0 ? either(near) : placeOfForeignKey(key, path, known);
  return {
    path: joinPath(path, key),
    atKey: true,
    message: `unknown key "${key}"`,
    ...(meant === undefined ? { expected: `one of ${either(known)}` } : { suggestion: meant }),
  };
}

/** `oneOf: [{ required: ["bind"] }, { required: ["volume"] }]` against the keys that are there. */
function choiceOfKeys(data: unknown, alternatives: unknown): Complaint {
  const keys = (alternatives as { required: string[] }[]).flatMap(({ required }) => required);
  const found = keys.filter((key) => Object.hasOwn(Object(data), key));
  return { message: foundKeys(found), expected: `exactly one of ${either(keys, 'and')}` };
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

/**
 * The errors without those that only repeat another: of the alternatives of `anyOf`, of the name of a
 * property, of keys that go only with another where it is already said which of them may stand.
 */
function withoutEchoes(errors: readonly SchemaError[]): SchemaError[] {
  const echoes = new Set<SchemaError>(errors.filter(({ keyword }) => keyword === 'propertyNames'));
  for (const choice of errors) {
    if (choice.keyword === 'oneOf') addAll(echoes, echoesOfKeys(choice, errors));
    if (choice.keyword === 'anyOf') addAll(echoes, echoesOfAlternatives(choice, errors));
  }
  return errors.filter((error) => !echoes.has(error));
}

function echoesOfKeys(choice: SchemaError, errors: readonly SchemaError[]): SchemaError[] {
  const alternatives = choice.parentSchema?.oneOf as unknown[];
  return errors.filter(
    ({ instancePath, keyword, parentSchema }) =>
      instancePath === choice.instancePath &&
      (keyword === 'dependentRequired' || (keyword === 'required' && alternatives.includes(parentSchema))),
  );
}

/** A map can only be meant for the alternative that is one: then what it has against that is said, and no more. */
function echoesOfAlternatives(choice: SchemaError, errors: readonly SchemaError[]): SchemaError[] {
  const inner = errors.slice(0, errors.indexOf(choice)).filter(({ instancePath, keyword }) => {
    const isHere = instancePath === choice.instancePath;
    return isHere ? keyword !== 'dependentRequired' : instancePath.startsWith(`${choice.instancePath}/`);
  });
  const ofMap = inner.filter(
    ({ instancePath, keyword }) =>
      instancePath !== choice.instancePath || keyword === 'required' || keyword === 'additionalProperties',
  );
  if (ofMap.length === 0) return inner;
  return [choice, ...inner.filter((error) => !ofMap.includes(error))];
}

function addAll(set: Set<SchemaError>, errors: readonly SchemaError[]): void {
  for (const error of errors) set.add(error);
}
