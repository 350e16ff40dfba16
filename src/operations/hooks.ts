import type { ContainerState } from '../schema/container-state.ts';
import type { Workplace } from './workplace.ts';

// Hooks that sc runs itself, whatever makes the container: when its program is executed, and when it has ended. What
// goes wrong with one is told and hinders neither the others nor the container, as the runtime specification has it.

/** The status of the container at each point (runtime.md, State). */
const statuses = { poststart: 'running', poststop: 'stopped' } as const;

type Hooked = Pick<ContainerState, 'id' | 'name' | 'spec' | 'init'>;

/** Runs the hooks of a point, one after another; `tell` hears what is wrong with one. */
export async function runHooks(
  { store }: Pick<Workplace, 'store'>,
  point: keyof typeof statuses,
  { id, name, spec, init }: Hooked,
  tell: (message: string) => void,
): Promise<void> {
  const hooks = spec.hooks?.[point];
  if (hooks === undefined) return;
  const { runHook } = await import('./run-hook.ts');
  const status = statuses[point];
  const pid = status === 'running' ? init?.pid : undefined;
  const state = { ociVersion: '1.0.2', id, status, ...(pid !== undefined && { pid }) };
  const text = JSON.stringify({ ...state, bundle: store.directory(id) });
  for (const [index, hook] of hooks.entries()) {
    const wrong = await runHook(hook, text);
    if (wrong !== undefined) tell(`hooks.${point}[${index}] of "${name}": execute "${hook.path}": ${wrong}`);
  }
}
