import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCommandLine } from '../support/command-line.ts';

/** Runs a program and prints how much memory it has had at most, in KiB: getrusage(2) of children that have ended. */
const peakOf = `import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)`;

/**
 * Bytes of the one large file. Whoever held it whole would have these and the 70 MiB of any command; what is used and
 * not collected yet is 120 MiB at most, however large it is.
 */
const SIZE = 2 ** 28;

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  mkdirSync(join(cli.directory, 'rootfs/srv'));
  writeFileSync(join(cli.directory, 'rootfs/srv/large'), '');
  truncateSync(join(cli.directory, 'rootfs/srv/large'), SIZE);
  await execa('sh', ['-c', 'tar -C rootfs -c . | gzip -1 >large.tar.gz'], { cwd: cli.directory });
});
afterAll(() => cli.remove());

/** Bytes of memory that a command of sc has had at most. */
async function peak(...args: string[]): Promise<number> {
  const { cwd, env } = cli.options;
  const { stdout } = await execa('python3', ['-c', peakOf, cli.executable, ...args], { cwd, env });
  const [code, kibibytes = 0] = stdout.split(' ').map(Number);
  expect(code).toBe(0);
  return kibibytes * 1024;
}

test('who takes in, makes and writes a layer never has as much memory as that has bytes', async () => {
  const commands = [
    ['image', 'import', 'large.tar.gz', 'web:1'],
    ['image', 'save', '--format', 'docker', '-o', 'large.tar', 'web:1'],
    ['image', 'load', '--name', 'web:2', 'large.tar'],
    ['run', '--name', 'web', 'web:1', 'cp', '/srv/large', '/srv/copy'],
    ['commit', 'web', 'web:3'],
    ['copy', 'web:/srv/copy', '-'],
    ['image', 'export', 'web'],
    ['delete', 'web'],
  ];
  const found: { command: string; bytes: number }[] = [];
  for (const args of commands) found.push({ command: args.join(' '), bytes: await peak(...args) });
  expect(found.filter(({ bytes }) => bytes >= SIZE)).toEqual([]);
  // It is the memory of sc that is told.
  expect(Math.min(...found.map(({ bytes }) => bytes))).toBeGreaterThan(2 ** 24);
}, 120_000);
