import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MonitorClient } from '../../protocol/client.ts';

/** Asks the monitor of a state directory to end now, and waits until it has gone. */
export async function dismissMonitor(root: string): Promise<void> {
  const monitor = await MonitorClient.connect(root);
  if (monitor === undefined) return;
  await monitor.call('leave', {}, () => true);
  monitor.close();
  while (isAlive(monitor.greeting.pid)) await sleep(5);
}

/** Not one that has ended and that process 1 has not reaped yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
