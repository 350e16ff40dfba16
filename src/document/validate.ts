import { nearMisses } from '../errors/near-misses.ts';
import {
  validateContainer,
  validateImage,
  validateJob,
  validateNetwork,
  validateStepJob,
  validateVolume,
} from '../schema/validate-container-file.ts';
import type { SchemaError, Validator } from '../schema/validator.ts';
import { either, type Finding, inWords } from './finding.ts';
import type { ParsedDocument } from './parsed-document.ts';
import { pathOf } from './path.ts';
import { schemaFindings } from './schema-findings.ts';

const validators: Readonly<Record<string, Validator>> = {
  Container: validateContainer,
  Job: validateJob,
  Volume: validateVolume,
  Network: validateNetwork,
  Image: validateImage,
};

/** What a document has against the schema of its kind; of the kind that was meant, where it is misspelt. */
export function validateDocument(document: ParsedDocument): Finding[] {
  if (!document.isWhole) return [];
  const { value } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [
      { path: '', message: `found ${inWords(value)}`, expected: 'a map with apiVersion, kind and metadata' },
    ];
  }
  const kind = 'kind' in value ? value.kind : undefined;
  const known = typeof kind === 'string' && Object.hasOwn(validators, kind);
  if (known) return validateAs(kind, document);

  const [meant, ...others] = typeof kind === 'string' ? nearMisses(kind, Object.keys(validators)) : [];
  const finding = kindFinding(kind, others.length === 0 ? meant : undefined);
  if (meant === undefined || others.length > 0) return [finding];
  return [finding, ...validateAs(meant, document).filter(({ path }) => path !== 'kind')];
}

function validateAs(kind: string, document: ParsedDocument): Finding[] {
  const value = document.value as object;
  const isOfSteps = kind === 'Job' && 'steps' in value;
  const validator = isOfSteps ? validateStepJob : (validators[kind] ?? validateContainer);
  let errors = errorsOf(validator, value);
  if (readVariables(errors, document)) errors = errorsOf(validator, value);
  return schemaFindings(errors, value);
}

function errorsOf(validator: Validator, value: object): readonly SchemaError[] {
  return validator(value) ? [] : (validator.errors ?? []);
}

/**
 * The value of a variable is text. Where the schema wants a number, true or false, a scalar that is one
 * variable without quotes is read as that: so the type of a value never depends on what a variable holds.
 * Answers whether anything was read anew.
 */
function readVariables(errors: readonly SchemaError[], { value, variablePaths }: ParsedDocument): boolean {
  let isChanged = false;
  for (const { keyword, instancePath, params, data } of errors) {
    if (keyword !== 'type' || typeof data !== 'string') continue;
    if (!variablePaths.has(pathOf(instancePath, value))) continue;
    const read = readAs(String(params.type), data);
    if (read === undefined) continue;
    setAt(value, instancePath, read);
    isChanged = true;
  }
  return isChanged;
}

function readAs(type: string, text: string): number | boolean | undefined {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  const form = type === 'integer' ? /^-?(?:0|[1-9]\d{0,14})$/ : /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/;
  return (type === 'integer' || type === 'number') && form.test(text) ? Number(text) : undefined;
}

/** Sets what a pointer to a scalar means; `__proto__` is none that a schema wants a number of. */
function setAt(document: unknown, pointer: string, value: unknown): void {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  const parent = keys.reduce((object, key) => Reflect.get(object as object, key), document);
  Reflect.set(parent as object, last, value);
}

function kindFinding(kind: unknown, meant: string | undefined): Finding {
  const expected = `one of ${either(Object.keys(validators))}`;
  if (kind === undefined) return { path: '', message: 'missing key "kind"', expected };
  const message = `found ${inWords(kind)}`;
  return { path: 'kind', message, ...(meant === undefined ? { expected } : { suggestion: meant }) };
}
