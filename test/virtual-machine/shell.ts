import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { machineCommand, makeDisk } from './machine.ts';

// A shell in the virtual machine of the tests, to look at a failure: `npm run machine`.
const directory = mkdtempSync(join(tmpdir(), 'sc-machine-'));
try {
  const [program, ...args] = machineCommand(makeDisk(directory, []), ['mon:stdio']);
  console.error('The repository is in /mnt. `exit` turns the machine off, Ctrl-A X kills it.');
  await execa(program, args, { stdio: 'inherit', env: { TMPDIR: directory }, reject: false });
} finally {
  rmSync(directory, { recursive: true });
}
