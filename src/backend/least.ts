import { ScError } from '../errors/error.ts';
import { failure } from '../errors/reason.ts';
import type { AnyBackend, ContainerHandle, LaunchRequest } from './backend.ts';

/**
 * The least that a container in the hands of who started it has: its process as the host sees it, a way to send a
 * signal to it, and its end, which resolves when nothing of it is left. What else a handle has is as it says there,
 * where nothing is given: nobody waits for it but itself, it cannot be left, and real-time signals are not relayed.
 */
export type LeastHandle = Pick<ContainerHandle, 'pid' | 'kill' | 'wait'> & Partial<ContainerHandle>;

/**
 * The least that a backend is: it starts a container, which its caller's death ends. All else it may have beside, as the
 * interface of a whole backend and the optional powers say: without it there is nothing that it cannot honour but what
 * it does not declare, nothing to be remarked, no end is recorded for who did not wait for it, and nothing is left to
 * clean up. Its members need no `this`. What it throws and is no ScError becomes SC_START_FAILED.
 */
export interface LeastBackend extends Partial<Omit<AnyBackend, 'name' | 'launch'>> {
  launch(request: LaunchRequest): Promise<LeastHandle>;
}

/** The whole backend that sc works with. */
export async function wholeBackend(name: string, least: LeastBackend): Promise<AnyBackend> {
  const { standGuard } = await import('./native/guard.ts');
  return {
    unsupported: () => [],
    remarks: () => [],
    guard: standGuard,
    readExit: () => undefined,
    cleanUp: async () => undefined,
    ...least,
    name,
    launch: async (request) => wholeHandle(await launched(name, least, request)),
  };
}

async function launched(
  name: string,
  { launch }: LeastBackend,
  request: LaunchRequest,
): Promise<LeastHandle> {
  try {
    return await launch(request);
  } catch (cause) {
    if (cause instanceof ScError) throw cause;
    throw failure('SC_START_FAILED', `start "${request.container.name}" by backend "${name}"`, cause);
  }
}

function wholeHandle(least: LeastHandle): ContainerHandle {
  return {
    keeperPid: least.pid,
    release: () => undefined,
    leave: async () => false,
    relayRealTimeSignals: () => () => undefined,
    ...least,
  };
}
