import type { Finding } from '../finding.ts';
import { type Check, containersOf, joined, valueAt } from './check.ts';

export const processChecks: readonly Check[] = [
  {
    name: 'the program has a name',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }) => {
        const entrypoint = listAt(value, 'process.entrypoint');
        const isFirst = entrypoint.length > 0;
        const [program] = isFirst ? entrypoint : listAt(value, 'process.args');
        if (program !== '') return [];
        const place = joined(path, `process.${isFirst ? 'entrypoint' : 'args'}[0]`);
        return [{ path: place, message: 'found ""', expected: 'the name or path of a program' }];
      }),
  },
  {
    name: 'a program is named where the image has none',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }): Finding[] => {
        const image = valueAt(value, 'image');
        if (typeof image !== 'string' || !hasNoProgram(image)) return [];
        if (valueAt(value, 'process.args') !== undefined) return [];
        if (listAt(value, 'process.entrypoint').length > 0) return [];
        const isHere = valueAt(value, 'process') !== undefined;
        const words = isHere ? 'missing key "args"' : 'missing key "process"';
        return [
          {
            path: isHere ? joined(path, 'process') : path,
            message: `${words}: image "${image}" has no program of its own`,
            expected: 'process.args',
          },
        ];
      }),
  },
  {
    name: 'a health check has a program where the image has none',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }): Finding[] => {
        const image = valueAt(value, 'image');
        const health = valueAt(value, 'monitor.health');
        if (typeof image !== 'string' || !hasNoProgram(image) || health === undefined) return [];
        if (valueAt(health, 'args') !== undefined || valueAt(health, 'disable') === true) return [];
        return [
          {
            path: joined(path, 'monitor.health'),
            message: `missing key "args": image "${image}" says not how to check it`,
            expected: 'monitor.health.args',
          },
        ];
      }),
  },
];

/** The host and a directory carry no command, as other images do. */
function hasNoProgram(image: string): boolean {
  return image === 'host' || /^(\/|\.\.?(\/|$))/.test(image);
}

function listAt(value: unknown, path: string): unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list : [];
}
