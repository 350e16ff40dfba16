import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeFilesystem } from '../../src/linux/filesystem.ts';
import { probeHost } from '../../src/linux/host-facts.ts';
import { refusedCalls } from '../../src/linux/kernel-calls.ts';
import { tryOverlay } from '../../src/linux/overlay-trial.ts';
import { coveredPaths, libraryOfC } from '../../src/linux/surroundings.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('a host that runs these tests has all that a container needs', () => {
  const facts = probeHost(directory);
  expect(facts).toMatchObject({
    kernel: expect.stringMatching(/^\d+\.\d+/),
    refusedCalls: [],
    executesMemory: true,
    capabilities: expect.arrayContaining(['CAP_SYS_ADMIN']),
    overlayTrial: undefined,
    sharesContent: expect.any(Boolean),
    seccomp: true,
    seccompActions: expect.arrayContaining(['errno', 'allow']),
    libseccomp: {
      path: expect.stringMatching(/^\/.*libseccomp\.so\.2$/),
      version: expect.stringMatching(/^2\.\d+\.\d+$/),
    },
    cgroups: { mode: expect.stringMatching(/^(v1|v2|hybrid)$/) },
    closedHierarchies: [],
    filesystem: { path: directory, writable: true },
  });
  expect(facts.rlimits.get('nofile')?.hard).toBeGreaterThan(0);
});

describe('a look leaves nothing behind:', () => {
  test('neither a directory nor a mount nor a group', () => {
    const mounts = () => execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' });
    const before = mounts();
    const facts = probeHost(join(directory, 'not', 'there'));
    expect(facts.filesystem.path).toBe(directory);
    expect(readdirSync(directory)).toEqual([]);
    expect(mounts()).toBe(before);
    for (const { path } of facts.cgroups?.hierarchies ?? []) {
      expect(existsSync(`${path}/sc-doctor-${process.pid}`)).toBe(false);
    }
  });
});

describe('overlay is tried', () => {
  test('and answers what the kernel says where it cannot write', () => {
    expect(tryOverlay(directory)).toBeUndefined();
    const trial = (script: string) =>
      execFileSync('unshare', ['--mount', 'sh', '-ec', script], { encoding: 'utf8' }).trim();
    const modules = join(import.meta.dirname, '../../src/linux');
    const ask = `exec ${process.execPath} --input-type=module -e '
      import { tryOverlay } from "${modules}/overlay-trial.ts"; console.log(tryOverlay("${directory}"))'`;
    const onOverlay = `mkdir ${directory}/u ${directory}/w
      mount -t overlay -o lowerdir=${directory},upperdir=${directory}/u,workdir=${directory}/w x ${directory}`;
    expect(trial(`${onOverlay}; ${ask}`)).toBe('EINVAL');
    expect(trial(`mount -t tmpfs -o ro x ${directory}; ${ask}`)).toBe('EROFS');
  });
});

describe('calls are refused', () => {
  test('by nobody here', () => {
    expect(refusedCalls()).toEqual([]);
  });

  test('to who has no rights', () => {
    const module = join(import.meta.dirname, '../../src/linux/kernel-calls.ts');
    const script = `import { refusedCalls } from "${module}"; console.log(JSON.stringify(refusedCalls()))`;
    const stdout = execFileSync(
      'setpriv',
      ['--bounding-set=-all', '--inh-caps=-all', process.execPath, '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining([{ name: 'fsopen', errno: 'EPERM' }]));
  });
});

test('the C library is named', () => {
  expect(libraryOfC()).toMatch(/^(glibc \d+\.\d+|musl)$/);
});

test('a filesystem is described by the directory that is there', () => {
  const { path, type, free } = describeFilesystem('/proc/no/such/directory');
  expect(path).toBe('/proc');
  expect(type).toMatch(/^0x[0-9a-f]+$/);
  expect(free).toBe(0);
});

describe('what covers /proc and /sys', () => {
  const line = (path: string, type: string) => `36 35 0:30 / ${path} rw,relatime - ${type} source rw`;

  test('is found', () => {
    const mountinfo = [
      line('/proc', 'proc'),
      line('/proc/kcore', 'devtmpfs'),
      line('/sys/firmware', 'tmpfs'),
    ];
    expect(coveredPaths(mountinfo.join('\n'))).toEqual(['/proc/kcore', '/sys/firmware']);
  });

  test('and what has its place there covers nothing', () => {
    const mountinfo = [
      line('/proc/sys/fs/binfmt_misc', 'autofs'),
      line('/sys/fs/cgroup', 'tmpfs'),
      line('/sys/fs/cgroup/memory', 'cgroup'),
      line('/sys/kernel/security', 'securityfs'),
      line('/srv/proc/x', 'tmpfs'),
    ];
    expect(coveredPaths(mountinfo.join('\n'))).toEqual([]);
  });
});
