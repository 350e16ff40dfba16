import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { editorSchema, editorSchemaText } from './schema/editor-schema.ts';
import { fieldPathsModule } from './schema/field-paths.ts';
import { generateTypes } from './schema/types.ts';
import { generateValidators } from './schema/validators.ts';

const root = join(import.meta.dirname, '..');
const schemaFile = (name: string): string => join(root, `schema/${name}.schema.json`);

const names = [
  'answer',
  'applied-file',
  'conformance-adapter',
  'conformance-answer',
  'conformance-case',
  'conformance-log',
  'container-file',
  'container-spec',
  'container-state',
  'fault',
  'features',
  'known-mistakes',
  'network-spec',
  'network-state',
  'plan',
  'plugins',
  'protocol',
  'seccomp-profile',
  'volume-record',
  'volume-spec',
];

/** The operations that the monitor serves: their requests and results are validated on both sides of its socket. */
const served = [
  'run',
  'start',
  'restart',
  'stop',
  'pause',
  'resume',
  'kill',
  'wait',
  'update',
  'rename',
  'names',
  'delete',
  'list',
  'inspect',
  'top',
  'port',
  'stats',
];

/** Of an image, whose parts are read from outside. */
const imageParts = ['layout', 'index', 'manifest', 'config', 'docker-archive'];

const kinds = ['Container', 'Job', 'StepJob', 'Volume', 'Network', 'Image'];

/** Every file that is made from the schemas: its path from the top of the repository, and its text. */
export async function generateAll(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of names) files.set(`src/schema/${name}.ts`, await generateTypes(schemaFile(name)));
  files.set(editorSchema, editorSchemaText(schemaFile('container-file')));
  files.set('src/schema/field-paths.ts', fieldPathsModule(schemaFile('container-file')));
  for (const file of globSync(schemaFile('{operations,image}/*'))) {
    const path = `src/schema/${basename(dirname(file))}/${basename(file, '.schema.json')}.ts`;
    files.set(path, await generateTypes(file));
  }
  for (const [file, code] of [...explaining(), ...plain()]) files.set(validatorsOf(file), code);
  return files;
}

/** Of what people write: all that is wrong with it is told, and what was meant. */
function explaining(): Map<string, string> {
  // One validator for each kind, so that an error is about the kind that was meant.
  const ofKinds = Object.fromEntries(kinds.map((kind) => [`validate${kind}`, `#/$defs/${kind}`]));
  const wanted = [
    { schema: schemaFile('container-file'), exports: ofKinds },
    { schema: schemaFile('seccomp-profile'), exports: { validateSeccompProfile: '#' } },
    { schema: schemaFile('conformance-case'), exports: { validateConformanceCase: '#' } },
  ];
  return generateValidators(wanted, { schemas: wanted.map(({ schema }) => schema), explains: true });
}

/** Of what programs write: records, what is said on the monitor's socket, and images. */
function plain(): Map<string, string> {
  const messages = ['Greeting', 'Call', 'Reply'];
  const wanted = [
    { schema: schemaFile('container-state'), exports: { validateContainerState: '#' } },
    { schema: schemaFile('applied-file'), exports: { validateAppliedFile: '#' } },
    { schema: schemaFile('volume-record'), exports: { validateVolumeRecord: '#' } },
    { schema: schemaFile('plugins'), exports: { validatePlugins: '#' } },
    {
      schema: schemaFile('conformance-adapter'),
      exports: {
        validateAdapterReply: '#/$defs/AdapterReply',
        validateAdapterDescription: '#/$defs/AdapterDescription',
      },
    },
    { schema: schemaFile('conformance-log'), exports: { validateConformanceEvent: '#' } },
    { schema: schemaFile('known-mistakes'), exports: { validateKnownMistakes: '#' } },
    { schema: schemaFile('network-state'), exports: { validateNetworkState: '#' } },
    {
      schema: schemaFile('protocol'),
      exports: Object.fromEntries(messages.map((message) => [`validate${message}`, `#/$defs/${message}`])),
    },
    ...served.map((operation) => {
      const title = `${operation[0]?.toUpperCase()}${operation.slice(1)}`;
      return {
        schema: schemaFile(`operations/${operation}`),
        exports: { validateRequest: `#/$defs/${title}Request`, validateResult: `#/$defs/${title}Result` },
      };
    }),
    ...imageParts.map((part) => ({ schema: schemaFile(`image/${part}`), exports: { validate: '#' } })),
  ];
  const schemas = globSync(schemaFile('{,operations/,image/}*')).sort();
  return generateValidators(wanted, { schemas, explains: false });
}

function validatorsOf(schema: string): string {
  const file = relative(join(root, 'schema'), schema);
  return join('src/schema', dirname(file), `validate-${basename(file, '.schema.json')}.ts`);
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of await generateAll()) write(path, text);
  // It is made from the backends, which import what was generated now.
  const { backendsPage, backendsPageText } = await import('./backends-page.ts');
  write(backendsPage, await backendsPageText(root));
}

function write(path: string, text: string): void {
  const file = join(root, path);
  if (readFileOrNothing(file) !== text) writeFileSync(file, text);
}

function readFileOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
