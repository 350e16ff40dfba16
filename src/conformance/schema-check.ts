import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { packageDirectory } from './places.ts';

/** Of the URLs of all schemas. */
export const BASE = 'https://standard-container.example/v1/';

let schemas: Ajv2020 | undefined;

/**
 * What keeps a value from being of the form of a schema, such as `fault.schema.json` or a part of one behind `#`;
 * undefined where it is of it. Throws where there is no such schema.
 */
export function problemBySchema(value: unknown, name: string): string | undefined {
  schemas ??= readSchemas(join(packageDirectory(), 'schema'));
  const validate = schemas.getSchema(BASE + name);
  if (validate === undefined) throw new Error(`there is no schema "${name}"`);
  if (validate(value)) return undefined;
  const [first] = validate.errors ?? [];
  return `${first?.instancePath === '' ? 'it' : first?.instancePath} ${first?.message}`;
}

/** All schemas of a directory, by their URLs. */
export function readSchemas(directory: string): Ajv2020 {
  const all = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictRequired: false, logger: false });
  for (const file of globSync('{,operations/,image/}*.schema.json', { cwd: directory }).sort())
    all.addSchema(JSON.parse(readFileSync(join(directory, file), 'utf8')));
  return all;
}
