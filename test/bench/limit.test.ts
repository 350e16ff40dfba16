import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { makeWorkshop, type Workshop } from '../../bench/start/workshop.ts';

/** Of those that a container is made with, the ones that Node does not make for itself. */
const counted = [
  ...['fsopen', 'fsconfig', 'fsmount', 'open_tree', 'move_mount', 'mount_setattr', 'mount', 'umount2'],
  ...['openat2', 'mknodat', 'mkdirat', 'symlinkat', 'unlinkat', 'pivot_root', 'unshare'],
  ...['sethostname', 'setgroups', 'setresgid', 'setresuid', 'capset', 'seccomp', 'keyctl'],
];

test('the C program of the benchmark makes the system calls of the native backend, each as often', () => {
  const workshop = makeWorkshop();
  try {
    // The first start compiles the filter, which the other then finds.
    systemCalls(workshop, 'inProcessParty');
    expect(systemCalls(workshop, 'limitParty')).toEqual(systemCalls(workshop, 'inProcessParty'));
  } finally {
    workshop.remove();
  }
});

/** How often each is made for one container, as strace counts it. */
function systemCalls(workshop: Workshop, party: string): Record<string, number> {
  const module = pathToFileURL(join(dirname(import.meta.dirname), '../bench/start/native.ts'));
  const program = `
    const { ${party} } = await import('${module}');
    const party = ${party}(${JSON.stringify(workshop)});
    await party.measure(1);
    await party.end();`;
  const file = join(workshop.directory, 'strace');
  const node = [process.execPath, '--input-type=module', '--eval', program];
  execFileSync('strace', ['-f', '-c', '-o', file, '-e', `trace=${counted.join()}`, ...node]);
  const lines = readFileSync(file, 'utf8').matchAll(/^ *\S+ +\S+ +\S+ +(\d+) +(?:\d+ +)?(\w+)$/gm);
  return Object.fromEntries(
    [...lines].map(([, count, name]) => [name, Number(count)]).filter(([name]) => name !== 'total'),
  );
}
