import * as library from '../../library/index.ts';
import { parseSignal } from '../../linux/signals.ts';
import type { AdapterExit } from '../../schema/conformance-adapter.ts';
import type { ContainerState } from '../../schema/container-state.ts';
import type { Place } from './requests.ts';

/** Of a request that ends something. */
export function ending({ signal, timeout }: { signal?: string | number | undefined; timeout?: number }) {
  return {
    ...(signal !== undefined && { signal: parseSignal(signal) }),
    ...(timeout !== undefined && { timeout }),
  };
}

/** A place of `copy` in its own form. */
export function placeOf({ container, path }: Place) {
  return container === undefined
    ? ({ kind: 'host', path } as const)
    : ({ kind: 'container', container, path } as const);
}

/** A container as the protocol tells of it. */
export function stateOf(state: ContainerState) {
  const { id, name, init, exit } = state;
  return {
    id,
    name,
    status: library.listedStatus(state),
    ...(init && { pid: init.pid }),
    ...(exit && { exit: exitOf(exit) }),
  };
}

/** Its end. */
export function exitOf({ code, signal, cause }: NonNullable<ContainerState['exit']>): AdapterExit {
  return { code, ...(signal !== undefined && { signal }), cause };
}
