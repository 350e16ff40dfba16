import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateTypes } from './schema/types.ts';
import { generateValidators } from './schema/validators.ts';

const root = join(import.meta.dirname, '..');
const schemaFile = (name: string): string => join(root, `schema/${name}.schema.json`);

const names = ['answer', 'container-file', 'container-spec', 'container-state', 'plan', 'seccomp-profile'];

const kinds = ['Container', 'Job', 'StepJob', 'Volume', 'Network', 'Image'];

/** Every file that is made from the schemas: its path from the top of the repository, and its text. */
export async function generateAll(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of names) files.set(`src/schema/${name}.ts`, await generateTypes(schemaFile(name)));
  // One validator for each kind, so that an error is about the kind that was meant.
  const containerFile = generateValidators({
    schemas: [schemaFile('container-file')],
    exports: Object.fromEntries(kinds.map((kind) => [`validate${kind}`, `#/$defs/${kind}`])),
    explains: true,
  });
  files.set('src/schema/validate-container-file.ts', containerFile);
  const seccompProfile = generateValidators({
    schemas: [schemaFile('seccomp-profile')],
    exports: { validateSeccompProfile: '#' },
    explains: true,
  });
  files.set('src/schema/validate-seccomp-profile.ts', seccompProfile);
  for (const [name, validator] of [
    ['container-state', 'validateContainerState'],
    ['plan', 'validatePlan'],
  ] as const) {
    const schemas = [schemaFile(name), schemaFile('container-spec')];
    const code = generateValidators({ schemas, exports: { [validator]: '#' }, explains: false });
    files.set(`src/schema/validate-${name}.ts`, code);
  }
  return files;
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of await generateAll()) {
    const file = join(root, path);
    if (readFileOrNothing(file) !== text) writeFileSync(file, text);
  }
}

function readFileOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
