import type { HookSpec, HooksSpec } from '../../schema/container-spec.ts';

/** A hook of config.json; `timeout` in seconds. */
interface Hook {
  path: string;
  args: string[];
  env: string[];
  timeout: number;
}

/**
 * The hooks that a runtime runs. The others sc runs itself, whatever makes its containers: to a runtime the program is
 * what only executes the container's program later, and it has been taken away when its record is.
 */
const points = ['createRuntime', 'createContainer'] as const;

export type RuntimeHooks = { [Point in (typeof points)[number]]?: Hook[] };

/** Undefined where the runtime has none to run. */
export function renderHooks(hooks: HooksSpec = {}): RuntimeHooks | undefined {
  const own = pointsOf(hooks);
  if (own.length === 0) return undefined;
  return Object.fromEntries(own.map((point) => [point, (hooks[point] ?? []).map(hookOf)]));
}

/** Where it has some. */
export function pointsOf(hooks: HooksSpec = {}): (typeof points)[number][] {
  return points.filter((point) => hooks[point] !== undefined);
}

/** Milliseconds that they may take in all. */
export function timeOfHooks(hooks: HooksSpec = {}): number {
  const all = pointsOf(hooks).flatMap((point) => hooks[point] ?? []);
  return all.reduce((sum, { timeout }) => sum + timeout, 0);
}

function hookOf({ path, args, environment, timeout }: HookSpec): Hook {
  return { path, args, env: environment, timeout: timeout / 1000 };
}
