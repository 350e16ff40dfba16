import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { generateTypes } from './schema/types.ts';
import { generateValidators } from './schema/validators.ts';

const root = join(import.meta.dirname, '..');
const schemaFile = (name: string): string => join(root, `schema/${name}.schema.json`);

const names = [
  'answer',
  'container-file',
  'container-spec',
  'container-state',
  'fault',
  'plan',
  'protocol',
  'seccomp-profile',
];

/** What any operation may refer to. */
const common = ['fault', 'container-state', 'container-spec', 'operations/many'];

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
  const protocol = generateValidators({
    schemas: ['protocol', 'fault'].map(schemaFile),
    exports: {
      validateGreeting: '#/$defs/Greeting',
      validateCall: '#/$defs/Call',
      validateReply: '#/$defs/Reply',
    },
    explains: false,
  });
  files.set('src/schema/validate-protocol.ts', protocol);
  for (const file of globSync(schemaFile('operations/*'))) await generateOperation(file, files);
  return files;
}

/** Types of an operation, and validators of its request and its result: `validateStopRequest`. */
async function generateOperation(file: string, files: Map<string, string>): Promise<void> {
  const name = basename(file, '.schema.json');
  files.set(`src/schema/operations/${name}.ts`, await generateTypes(file));
  const { $defs } = JSON.parse(readFileSync(file, 'utf8')) as { $defs: object };
  const messages = Object.keys($defs).filter((key) => /(Request|Result)$/.test(key));
  if (messages.length === 0) return;
  const schemas = [file, ...common.map(schemaFile).filter((other) => other !== file)];
  const exports = Object.fromEntries(messages.map((key) => [`validate${key}`, `#/$defs/${key}`]));
  const code = generateValidators({ schemas, exports, explains: false });
  files.set(
    `src/schema/operations/validate-${name}.ts`,
    code.replace("'./validator.ts'", "'../validator.ts'"),
  );
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
