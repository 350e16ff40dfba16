import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Answer } from '../../src/schema/answer.ts';

const directory = join(import.meta.dirname, '../../schema');
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false });
for (const file of globSync('{,operations/,image/}*.schema.json', { cwd: directory })) {
  ajv.addSchema(JSON.parse(readFileSync(join(directory, file), 'utf8')));
}
const validate = validatorOf('answer.schema.json');

/** What a command printed with `--json`. Throws unless it is exactly one object of the documented form. */
export function parseAnswer<Form extends Answer = Answer>(text: string): Form {
  const answer: unknown = JSON.parse(text);
  if (validate?.(answer)) return answer as Form;
  throw new Error(`${text}\nis no documented answer: ${ajv.errorsText(validate?.errors)}`);
}

/** Whether a value has the form of a schema, named as in `plan.schema.json` or `fault.schema.json#/$defs/Problem`. */
export function fits(schema: string, value: unknown): boolean {
  return validatorOf(schema)?.(value) === true;
}

function validatorOf(schema: string) {
  return ajv.getSchema(`https://standard-container.example/v1/${schema}`);
}
