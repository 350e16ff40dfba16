import { parseDuration } from '../document/units.ts';
import type { Hook, Hooks } from '../schema/container-file.ts';
import type { HookSpec, HooksSpec } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';

/** Milliseconds, as each call of a runtime has. */
const PATIENCE = 30_000;

/** In the order of a container's life. */
const points = ['createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;

/** Undefined where there are none. No image has a say in it. */
export function compileHooks(hooks: Hooks, fields: Fields): HooksSpec | undefined {
  const compiled: HooksSpec = {};
  for (const point of points) {
    const said = hooks[point] ?? [];
    if (said.length > 0)
      compiled[point] = fields.convert(`hooks.${point}`, said, [], (list) => list.map(hookOf));
  }
  return Object.keys(compiled).length === 0 ? undefined : compiled;
}

function hookOf({ path, args = [path], environment = {}, timeout }: Hook): HookSpec {
  return {
    path,
    args,
    environment: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    timeout: timeout === undefined ? PATIENCE : parseDuration(timeout),
  };
}
