import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as library from '../../library/index.ts';
import type { AdapterDescription } from '../../schema/conformance-adapter.ts';
import { packageDirectory } from '../places.ts';

/** Declares of fields what the backend does. `self` is argv of its command line. */
export async function describeSc(
  settings: library.Settings,
  self: readonly string[],
): Promise<AdapterDescription> {
  const { fields, lacking } = await library.features(settings);
  const { version } = JSON.parse(readFileSync(join(packageDirectory(), 'package.json'), 'utf8')) as {
    version: string;
  };
  const refused = Object.entries(fields).flatMap(([path, field]) => refusedOf(path, field));
  // Who is confined by nothing needs no AppArmor.
  const absent = lacking.map(({ path }) =>
    path === 'security.apparmor' ? `${path}=^(?!unconfined$)` : path,
  );
  const { backend } = settings;
  return {
    name: backend === 'native' ? 'sc' : `sc on ${backend}`,
    version,
    operations: [
      ...[
        'run',
        'exec',
        'state',
        'list',
        'wait',
        'start',
        'restart',
        'stop',
        'kill',
        'pause',
        'resume',
        'delete',
      ],
      ...['rename', 'update', 'logs', 'diff', 'commit', 'copy'],
    ],
    fields: ['*'],
    unsupported: [...refused, ...absent],
    features: ['requests', 'command-line', 'logs', 'restart'],
    command: [...self],
  };
}

/** Values of a field that the backend does not do. */
function refusedOf(path: string, field: library.FeaturesResult['fields'][string]): string[] {
  if (field.support === 'none') return [path];
  if (field.support !== 'some' || !('values' in field)) return [];
  const { values = [], beginnings = [] } = field;
  const escaped = (text: unknown) => String(text).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const done = [...values.map((value) => `${escaped(value)}$`), ...beginnings.map(escaped)];
  return done.length === 0 ? [] : [`${path}=^(?!${done.join('|')})`];
}
