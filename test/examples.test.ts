import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const repository = dirname(import.meta.dirname);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sc-test-'));
});

afterEach(() => rmSync(root, { recursive: true }));

const apply = (file: string) =>
  execFileSync(join(repository, 'bin/sc'), ['apply', '--root', root, file], { encoding: 'utf8' }).split('\n');

test('hello.yaml greets as process 1 of another machine, without the files of this one', () => {
  expect(apply(join(repository, 'examples/hello.yaml'))).toEqual([
    'hello from process 1 of hello',
    'there are 0 files in /root and /home',
    '',
  ]);
});

test('debian.yaml runs programs of the Debian root filesystem that `npm run setup` has made', () => {
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? '';
  expect(apply(join(repository, 'examples/debian.yaml'))).toEqual([
    expect.stringMatching(`^Debian GNU/Linux 12 \\(bookworm\\) on ${architecture}, \\d+ packages$`),
    expect.stringMatching(/^perl 5\.36\.\d+ as user nobody in \/tmp$/),
    '',
  ]);
});

test('volume.yaml finds what it has written before', () => {
  const file = join(repository, 'examples/volume.yaml');
  expect(apply(file)).toEqual(['this is visit 1', '']);
  expect(apply(file)).toEqual(['this is visit 2', '']);
});

test('image.yaml makes an image of the Debian root filesystem', { timeout: 180_000 }, () => {
  const file = join(repository, 'examples/image.yaml');
  const greeting = ['good morning from Debian GNU/Linux 12 (bookworm), as nobody', ''];
  expect(apply(file)).toEqual(greeting);
  const run = ['run', '--rm', '--root', root, 'debian:12'];
  expect(execFileSync(join(repository, 'bin/sc'), run, { encoding: 'utf8' }).split('\n')).toEqual([
    'hello from Debian GNU/Linux 12 (bookworm), as nobody',
    '',
  ]);
});

test('the first file of README.md runs', () => {
  const [, text = ''] = /```yaml\n(.*?)```/s.exec(readFileSync(join(repository, 'README.md'), 'utf8')) ?? [];
  const file = join(root, 'job.yaml');
  writeFileSync(file, text);
  const lines = apply(file);
  expect(lines).toContain('uid=0(root) gid=0(root) groups=0(root)');
  expect(lines.at(-2)).toMatch(/^good morning, /);
});
