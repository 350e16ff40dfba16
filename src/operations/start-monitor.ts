import { createHash } from 'node:crypto';
import { ScError } from '../errors/error.ts';
import { during, failure } from '../errors/reason.ts';
import { makeDirectory } from '../linux/make-directory.ts';
import { setAsideLarge } from '../protocol/monitor-log.ts';
import { monitorPlace } from '../protocol/place.ts';
import type { ProcessReference } from '../schema/container-state.ts';
import { makeRoot } from '../state/root.ts';
import { detaching } from './detaching.ts';
import type { Workplace } from './workplace.ts';

/** The name of its control group. */
export function monitorGroup(root: string): string {
  return `monitor-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
}

/** Makes the directory of the monitor where it is not there, and answers it. */
export function makeMonitorPlace(root: string): string {
  makeRoot(root);
  const { directory } = monitorPlace(root);
  try {
    makeDirectory(directory);
    return directory;
  } catch (error) {
    throw failure('SC_SYSTEM_CALL', 'make a place for the monitor', error);
  }
}

/**
 * Starts a monitor, whether there is one or not, by `self`: argv that starts this program once more. Answers which
 * process it is, unless it has ended already.
 */
export async function startMonitor(
  place: Workplace,
  self: readonly string[] | undefined,
): Promise<ProcessReference | undefined> {
  const { root, backend } = place.settings;
  if (self === undefined)
    throw new ScError('SC_UNSUPPORTED', 'start a monitor: the caller names no program that is sc', {
      hint: 'give the caller `self`, or have `sc monitor` run',
    });
  const { detach } = await detaching(place, { name: 'the monitor', backend });
  return during('SC_SYSTEM_CALL', 'start the monitor', () => {
    makeMonitorPlace(root);
    const { log } = monitorPlace(root);
    setAsideLarge(log);
    return detach({
      argv: [...self, 'monitor', '--root', root],
      environment: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/'],
      group: monitorGroup(root),
      log,
    });
  });
}
