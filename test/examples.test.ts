import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { backendNames, featuresOf, isInstalled } from '../src/backend/registry.ts';
import { parseDocuments } from '../src/document/load.ts';
import { refusedFields } from '../src/plan/honoured.ts';
import { dismissMonitor } from './support/command-line.ts';

const repository = dirname(import.meta.dirname);
const directory = () => mkdtempSync(join(tmpdir(), 'sc-test-'));
let root: string;
/** Of all backends, so that what has no part in a backend is done once. */
let images: string;

beforeAll(() => {
  images = directory();
});
beforeEach(() => {
  root = directory();
});
afterEach(async () => {
  await dismissMonitor(root);
  rmSync(root, { recursive: true });
});
afterAll(() => rmSync(images, { recursive: true }));

/** What a server answers whom bash asks: fetch takes the time of a test that stands still for that of its connection. */
function read(host: string, port: number): string | undefined {
  const ask = `exec 3<>/dev/tcp/${host}/${port}; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3`;
  return execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).split('\r\n\r\n')[1];
}

/** Of the containers that a store has. */
function idsOf(store: string): string[] {
  return readdirSync(join(store, 'containers'))
    .filter((name) => !name.startsWith('.'))
    .toSorted();
}

/** The same examples with each backend that can be tried here. */
const backends = backendNames
  .filter((name) => isInstalled(name))
  // It refuses a host with control groups of both versions.
  .map((name) => (name === 'oci:crun' ? `oci:${join(import.meta.dirname, 'support/crun-alone.sh')}` : name));

describe.each(backends)('with backend %s', async (backend) => {
  const features = await featuresOf(backend);
  const sc = (args: string[], store = root, options: { input?: string } = {}) =>
    execFileSync(join(repository, 'bin/sc'), args, {
      ...options,
      encoding: 'utf8',
      env: { ...process.env, SC_ROOT: store, SC_BACKEND: backend },
    }).split('\n');
  const apply = (file: string, store?: string) => sc(['apply', file], store);

  /** A file that says the same everywhere; where a backend does not declare what it asks for, it is refused by that. */
  function example(name: string, what: string, look: (file: string) => void): void {
    test(`${name} ${what}`, { timeout: 180_000 }, () => {
      const file = join(repository, 'examples', name);
      const documents = parseDocuments(readFileSync(file, 'utf8'), file, { environment: {}, set: {} });
      const refused = documents.flatMap(({ value }) => refusedFields(value, features));
      if (refused.length === 0) return look(file);
      expect(backend).not.toBe('native');
      for (const { path } of refused) expect(() => apply(file)).toThrow(`: ${path}: `);
    });
  }

  example('hello.yaml', 'greets as process 1 of another machine, without the files of this one', (file) => {
    expect(apply(file)).toEqual([
      'hello from process 1 of hello',
      'there are 0 files in /root and /home',
      '',
    ]);
  });

  example('debian.yaml', 'runs programs of the Debian that `npm run setup` has made', (file) => {
    const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? '';
    expect(apply(file)).toEqual([
      expect.stringMatching(`^Debian GNU/Linux 12 \\(bookworm\\) on ${architecture}, \\d+ packages$`),
      expect.stringMatching(/^perl 5\.36\.\d+ as user nobody in \/tmp$/),
      '',
    ]);
  });

  example('volume.yaml', 'finds what it has written before', (file) => {
    expect(apply(file)).toEqual(['this is visit 1', '']);
    expect(apply(file)).toEqual(['this is visit 2', '']);
  });

  example('image.yaml', 'makes an image of the Debian root filesystem', (file) => {
    expect(apply(file, images)).toEqual(['good morning from Debian GNU/Linux 12 (bookworm), as nobody', '']);
    expect(sc(['run', '--rm', 'debian:12'], images)).toEqual([
      'hello from Debian GNU/Linux 12 (bookworm), as nobody',
      '',
    ]);
  });

  example('build.yaml', 'builds an image of another by steps, and tries it out', (file) => {
    expect(apply(file, images)).toEqual(['greeter has hello.yaml', '']);
    expect(sc(['ps', '--all', '--quiet', '--filter', 'name=greeter'], images)).toEqual(['']);
  });

  example('site.yaml', 'serves what the database counts, and keeps it when all is made anew', (file) => {
    sc(['apply', '--wait', '--timeout', '1m', file]);
    try {
      expect(read('127.0.0.1', 8080)).toBe('this is visit 1\n');
      const before = idsOf(root);
      expect(sc(['plan', file])).toEqual([`${file}: nothing to change`, '']);
      apply(file);
      expect(idsOf(root)).toEqual(before);
      sc(['delete', '--force', 'site-db', 'site-web']);
      sc(['apply', '--wait', '--timeout', '1m', file]);
      expect(read('127.0.0.1', 8080)).toBe('this is visit 2\n');
    } finally {
      sc(['delete', '--force', '--file', file]);
    }
  });

  example('hardened.yaml', 'serves without any right', (file) => {
    sc(['apply', '--wait', '--timeout', '1m', file]);
    try {
      expect(read('10.88.78.2', 8080)).toBe('nothing to see here\n');
      const status = sc([
        'exec',
        'hardened',
        'grep',
        '-E',
        '^(CapBnd|NoNewPrivs|Seccomp):',
        '/proc/1/status',
      ]);
      expect(status).toEqual(['CapBnd:\t0000000000000000', 'NoNewPrivs:\t1', 'Seccomp:\t2', '']);
    } finally {
      sc(['delete', '--force', '--file', file]);
    }
  });

  example('batch.yaml', 'makes a file in a volume, within its limits', (file) => {
    expect(apply(file)).toEqual(['there are 9592 primes up to 100000', '']);
    sc(['volume', 'export', '--output', join(root, 'batch.tar'), 'batch']);
    const tar = ['-xOf', join(root, 'batch.tar'), 'primes'];
    expect(execFileSync('tar', tar, { encoding: 'utf8' })).toMatch(/^2\n3\n5\n.*\n99991\n$/s);
  });

  example('pipeline.yaml', 'builds, tests, and saves what has passed', (file) => {
    expect(sc(['apply', '--set', `OUT=${root}`, file], images)).toEqual([
      '3 tests have passed',
      'A /opt/sum',
      'A /opt/sum/sum',
      '',
    ]);
    const members = execFileSync('tar', ['-tf', join(root, 'pipeline.tar')], { encoding: 'utf8' });
    expect(members).toContain('manifest.json\n');
    expect(sc(['run', '--rm', '-i', 'sum:1.0'], images, { input: '4 5\n' })).toEqual(['9', '']);
  });

  test('the first file of README.md runs', () => {
    const [, text = ''] =
      /```yaml\n(.*?)```/s.exec(readFileSync(join(repository, 'README.md'), 'utf8')) ?? [];
    const file = join(root, 'job.yaml');
    writeFileSync(file, text);
    const lines = apply(file);
    expect(lines).toContain('uid=0(root) gid=0(root) groups=0(root)');
    expect(lines.at(-2)).toMatch(/^good morning, /);
  });
});
