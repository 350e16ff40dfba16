import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

const sh = (script: string, ...flags: string[]) =>
  cli.sc('run', '--rm', ...flags, './rootfs', 'sh', '-c', script);

/** First number on the host of who is root inside. */
async function rootOutside(...flags: string[]): Promise<number> {
  const { stdout } = await sh('cat /proc/self/uid_map', ...flags);
  return Number(/^ +0 +(\d+) +\d+\n$/.exec(stdout)?.[1]);
}

describe('by default', () => {
  test('root inside is nobody outside, and somebody else in each container', async () => {
    const [one, other] = [await rootOutside(), await rootOutside()];
    expect(one).toBeGreaterThanOrEqual(524288);
    expect(other).toBeGreaterThanOrEqual(524288);
    expect(one).not.toBe(other);
  });

  test('what root makes in a mount belongs to root on the host, and what it reads there belongs to it', async () => {
    const data = join(cli.directory, 'data');
    mkdirSync(data);
    writeFileSync(join(data, 'secret'), 'read\n', { mode: 0o600 });
    const script = 'cat /data/secret; stat -c "%u %g" /data/secret; echo x >/data/made; chown 7:8 /data/made';
    expect((await sh(script, '-v', `${data}:/data`)).stdout).toBe('read\n0 0\n');
    expect(statSync(join(data, 'made'))).toMatchObject({ uid: 7, gid: 8 });
  });

  test('the image keeps its owners, setuid programs and all', async () => {
    chmodSync(join(cli.directory, 'rootfs/bin/busybox'), 0o4755);
    const { stdout } = await sh(
      'stat -c "%u:%g %a" /bin/busybox /etc/passwd /; : >/etc/new; stat -c %u /etc/new',
    );
    chmodSync(join(cli.directory, 'rootfs/bin/busybox'), 0o755);
    expect(stdout).toBe(
      '0:0 4755 /bin/busybox\n0:0 644 /etc/passwd\n0:0 755 /\n0\n'.replaceAll(/ \/\S*/g, ''),
    );
  });

  test("what belongs to the kernel is nobody's, and its settings cannot be written", async () => {
    const script = 'stat -c %u /proc/sys/kernel/core_pattern /sys; cat /proc/kpagecount; dmesg';
    const { stdout, stderr } = await sh(script, '--security-opt', 'seccomp=unconfined');
    expect(stdout).toBe('65534\n65534\n');
    expect(stderr).toMatch(/kpagecount.*: Permission denied/);
    expect(stderr).toMatch(/dmesg|klogctl/);
  });
});

describe('that of the host is taken', () => {
  test('where it is asked for', async () => {
    expect(await rootOutside('--userns', 'host')).toBe(0);
  });

  test('where a mount cannot be shown with mapped owners, which the plan says', async () => {
    expect(await rootOutside('-v', '/proc:/mnt')).toBe(0);
    expect((await sh('true', '-v', '/proc:/mnt')).stderr).toContain(
      '--userns: that of the host, since owners cannot be mapped on "/proc": EINVAL\n',
    );
    const file = cli.write(
      'job.yaml',
      'apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: a1 }\nimage: ./rootfs\n' +
        'process: { args: ["true"] }\nmounts: [{ bind: /proc, target: /mnt }]\n',
    );
    expect((await cli.sc('plan', file)).stdout).toMatch(
      /security\.userNamespace +from the file +host \(that of the host, since owners cannot be mapped on "\/proc": EINVAL\)/,
    );
  });

  test('where a capability means nothing in another, unless that is insisted on', async () => {
    expect(await rootOutside('--cap-add', 'SYS_TIME')).toBe(0);
    expect((await sh('true', '--cap-add', 'SYS_TIME')).stderr).toMatch(
      /^sc: "\w+": --userns: that of the host, since CAP_SYS_TIME counts in the host's user namespace only\n$/,
    );
    const { exitCode, stderr } = await sh('true', '--cap-add', 'SYS_TIME', '--userns', 'private');
    expect(exitCode).toBe(125);
    expect(stderr).toContain('--userns: ');
    expect(stderr).toContain("CAP_SYS_TIME counts in the host's user namespace only");
  });
});

test('a user that the maps do not have is an error that says so', async () => {
  const file = cli.write(
    'mapped.yaml',
    'apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: a2 }\nimage: ./rootfs\n' +
      'process: { args: ["true"], user: "1000" }\n' +
      'security: { userNamespace: { uids: [{ inside: 0, host: 100000, size: 10 }], gids: [{ inside: 0, host: 100000, size: 10 }] } }\n',
  );
  const { exitCode, stderr } = await cli.sc('apply', file);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('become user 1000: the maps of the user namespace do not have it');
});
