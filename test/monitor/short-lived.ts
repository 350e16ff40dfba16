import { join } from 'node:path';

// `sc` as far as a monitor and its keepers ask for it, but with a monitor that hardly waits for more to do.
const dist = join(import.meta.dirname, '../../dist/src');
const [, , command = '', , root = ''] = process.argv;
const settings = { root, backend: 'native', storageDriver: 'overlay' };
if (command === 'monitor') {
  const { runMonitor } = await import(join(dist, 'monitor/monitor.js'));
  const { commandCaller } = await import(join(dist, 'cli/caller.js'));
  await runMonitor(settings, { caller: commandCaller(), stays: false, idle: 50 });
} else {
  const { openWorkplace } = await import(join(dist, 'operations/workplace.js'));
  const { finishAbandoned } = await import(join(dist, 'operations/recover.js'));
  await finishAbandoned(await openWorkplace(settings));
}
process.exit(0);
