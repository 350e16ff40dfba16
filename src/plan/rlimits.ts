import { parseDuration, parseSize } from '../document/units.ts';
import { unlimited } from '../linux/rlimits.ts';
import type { Rlimits } from '../schema/container-file.ts';
import type { ResourcesSpec } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';

type Unit = (text: string) => number;

/** Limits that the file writes with a unit, in the kernel's own (getrlimit(2)); all others are counts. */
const units: { readonly [name: string]: Unit } = {
  cpu: (text) => parseDuration(text) / 1000,
  rttime: (text) => parseDuration(text) * 1000,
  ...Object.fromEntries(
    ['fsize', 'data', 'stack', 'core', 'rss', 'memlock', 'as', 'msgqueue'].map((name) => [name, parseSize]),
  ),
};

/** `{ nofile: 1024, stack: { soft: 8Mi, hard: unlimited } }` in numbers of the kernel; -1 is without limit. */
export function compileRlimits(rlimits: Rlimits, fields: Fields): ResourcesSpec['rlimits'] {
  return Object.entries(rlimits).map(([name, limit]) => {
    const { soft, hard } = typeof limit === 'object' ? limit : { soft: limit, hard: limit };
    const spec = { name, soft: inKernelUnit(name, soft), hard: inKernelUnit(name, hard) };
    return fields.take(`resources.rlimits.${name}`, spec, spec);
  });
}

function inKernelUnit(name: string, limit: string | number): number {
  if (limit === 'unlimited') return unlimited;
  return typeof limit === 'number' ? limit : (units[name] ?? Number)(limit);
}
