import { join } from 'node:path';
import type { Ajv2020 } from 'ajv/dist/2020.js';
import { problemWords } from '../../src/cli/report-error.ts';
import { BASE, readSchemas } from '../../src/conformance/schema-check.ts';
import type { Block, Problem } from '../../src/conformance/specification/page.ts';
import type { Specification } from '../../src/conformance/specification/specification.ts';
import { parseDocuments } from '../../src/document/load.ts';
import { InvalidFileError } from '../../src/errors/problem.ts';

/** What is wrong with the examples of the prose: container files in `yaml`, and what a schema describes in `json`. */
export function checkExamples({ pages }: Specification): Problem[] {
  const schemas = readSchemas(join(import.meta.dirname, '../../schema'));
  return pages.flatMap(({ file, blocks }) =>
    blocks.flatMap((block) =>
      faultsOf(block, schemas).map((message) => ({ file, line: block.line, message })),
    ),
  );
}

function faultsOf({ language, schema, text }: Block, schemas: Ajv2020): string[] {
  if (language === 'yaml') return faultsOfFile(text);
  return language === 'json' ? faultsOfValue(text, schema, schemas) : [];
}

/** A container file is held to more than its schema: the checks across fields too. */
function faultsOfFile(text: string): string[] {
  try {
    const documents = parseDocuments(text, 'example', { environment: {}, set: {} });
    return documents.length === 0 ? ['the example has no document'] : [];
  } catch (error) {
    if (!(error instanceof InvalidFileError)) throw error;
    return error.problems.map(problemWords);
  }
}

function faultsOfValue(text: string, schema: string | undefined, schemas: Ajv2020): string[] {
  if (schema === undefined) return ['no line before the example says its schema: <!-- schema: FILE -->'];
  const validate = schemas.getSchema(BASE + schema);
  if (validate === undefined) return [`there is no schema ${schema}`];
  const value = parsed(text);
  if (value === undefined) return ['the example is no JSON'];
  if (validate(value.json)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `example: ${instancePath === '' ? 'it' : instancePath} ${message}`,
  );
}

function parsed(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
