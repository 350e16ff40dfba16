import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCommandLine } from '../support/command-line.ts';

/** Runs a program and prints how much memory it has had at most, in KiB: getrusage(2) of children that have ended. */
const peakOf = `import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)`;

/** Bytes of a file of the layer. */
const sizes = [2 ** 26, 2 ** 28] as const;
/** Half of what the layers differ by, and more than two runs do. */
const NOISE = 3 * 2 ** 25;

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
  for (const size of sizes) {
    const directory = at(`tree-${size}`);
    execFileSync('cp', ['-a', at('rootfs'), directory]);
    mkdirSync(join(directory, 'srv'));
    writeFileSync(join(directory, 'srv/large'), '');
    truncateSync(join(directory, 'srv/large'), size);
    execFileSync('sh', ['-c', `tar -C '${directory}' -c . | gzip -1 >'${directory}.tar.gz'`]);
  }
});
afterAll(() => cli.remove());

const at = (name: string) => join(cli.directory, name);

/** Bytes of memory that a command of sc has had at most. */
function peak(size: number, ...args: string[]): number {
  const argv = ['-c', peakOf, cli.executable, '--root', at(`store-${size}`), ...args];
  const answer = execFileSync('python3', argv, { cwd: cli.directory, encoding: 'utf8' });
  const [code, kibibytes] = answer.split(' ').map(Number);
  expect(code).toBe(0);
  return (kibibytes ?? 0) * 1024;
}

test('who takes in, makes and writes a layer needs no more memory for a large one', () => {
  const commands = (size: number) => [
    ['image', 'import', `tree-${size}.tar.gz`, 'web:1'],
    ['image', 'save', '--format', 'docker', '-o', `${size}.tar`, 'web:1'],
    ['image', 'load', '--name', 'web:2', `${size}.tar`],
    ['run', '--name', 'web', 'web:1', 'cp', '/srv/large', '/srv/copy'],
    ['commit', 'web', 'web:3'],
    ['copy', 'web:/srv/copy', 'web:/srv/again'],
    ['image', 'export', '-o', `${size}.flat.tar`, 'web'],
    ['delete', 'web'],
  ];
  const [small = [], large = []] = sizes.map((size) => commands(size).map((args) => peak(size, ...args)));
  const more = commands(0).map(([first, second], index) => ({
    command: `${first} ${second}`,
    more: (large[index] ?? 0) - (small[index] ?? 0),
  }));
  expect(more.filter((each) => each.more > NOISE)).toEqual([]);
  expect(Math.min(...small)).toBeGreaterThan(2 ** 24);
}, 120_000);
