import { dirname } from 'node:path';
import type { ConformanceCase, Step } from '../schema/conformance-case.ts';
import { probeProgram } from './fixture.ts';
import { fill, type Scope } from './template.ts';

type Run = NonNullable<Step['run']>;

/**
 * A container of a case as it is to be made: what the case says, with what a step says over it. `index` is that of the
 * step, `key` the container's name in the case.
 */
export function caseContainer(
  { container = {}, containers = {} }: Pick<ConformanceCase, 'container' | 'containers'>,
  { index, key, scope }: { index: number; key: string; scope: Scope },
  { with: more = {}, ...program }: Run,
): object {
  const known = fill({ container, containers }, scope);
  const own = key === 'main' ? known.container : known.containers[key];
  const under = {
    image: scope.rootfs,
    ...(program.stdin !== undefined && { terminal: { stdin: true } }),
  };
  const words = wordsOf(index, program);
  const args = words === undefined ? {} : { process: { args: words } };
  return laidOver(laidOver(laidOver(under, own), args), more) as object;
}

/** What a step starts; undefined where it says nothing of that. */
export function wordsOf(
  index: number,
  { args, script, probe }: { [Key in 'args' | 'script' | 'probe']?: Run[Key] | undefined },
): string[] | undefined {
  if (script !== undefined) return ['/bin/sh', '-c', script];
  return probe === undefined ? args : [probeProgram, `${dirname(probeProgram)}/${index}`];
}

/** Maps map by map; anything else takes the place of what was there. */
function laidOver(under: unknown, over: unknown): unknown {
  if (!isMap(under) || !isMap(over)) return over;
  const all = { ...under };
  for (const [key, value] of Object.entries(over)) all[key] = laidOver(all[key], value);
  return all;
}

function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
