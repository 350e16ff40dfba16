import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.remove());

describe('a source that is not there', () => {
  const mounts = (ifMissing: string) =>
    `mounts: [{ bind: ./new/deep, target: /data, ifMissing: ${ifMissing} }]\n`;

  test('is made for who asks for it, and stays', async () => {
    cli.write('a.yaml', job('maker', ['touch', '/data/file'], mounts('create')));
    const planned = await cli.sc('plan', 'a.yaml');
    expect(planned.stdout).toContain('its source is not there: an empty directory is made');
    expect(cli.exists('new')).toBe(false);
    expect((await cli.sc('apply', 'a.yaml')).exitCode).toBe(0);
    expect(cli.exists('new/deep/file')).toBe(true);
    expect(statSync(join(cli.directory, 'new/deep'))).toMatchObject({ mode: 0o40755, uid: 0 });
    expect((await cli.sc('plan', 'a.yaml')).stdout).not.toContain('its source is not there');
  });

  test('is made by no container that does not start', async () => {
    const { exitCode } = await cli.sc(
      ...['run', '--rm', '--mount', 'type=bind,source=./new/deep,target=/data,if-missing=create'],
      ...['./rootfs', 'nosuch'],
    );
    expect(exitCode).toBe(127);
    expect(cli.exists('new')).toBe(false);
  });

  test('is left out for who asks for that', async () => {
    cli.write('a.yaml', job('skipper', ['ls', '/data'], mounts('skip')));
    expect((await cli.sc('plan', 'a.yaml')).stdout).toContain('the mount is left out');
    const { stderr, exitCode } = await cli.sc('apply', 'a.yaml');
    expect(stderr).toContain('ls: /data: No such file or directory');
    expect(exitCode).toBe(1);
  });

  test('is an error for all others', async () => {
    const flags = ['-v', '.:/here', '--mount', 'type=bind,src=./gone,dst=/data'];
    const { stderr, exitCode } = await cli.sc('run', '--rm', ...flags, './rootfs', 'true');
    expect(stderr).toContain(`mount "${cli.directory}/gone" on "/data": ENOENT`);
    expect(exitCode).toBe(125);
  });
});

test('paths stay writable in a root that is not, empty at the start and gone at the end', async () => {
  writeFileSync(join(cli.directory, 'rootfs/tmp/old'), '');
  const script = 'ls /tmp; touch /tmp/x /var/cache/x && echo written; touch /etc/x';
  const more = 'rootfs: { readOnly: true, writablePaths: [/tmp, /var/cache] }\nprocess:';
  cli.write(
    'a.yaml',
    `${job('strict', ['true']).replace(/process:.*\n/, '')}${more} { args: [sh, -c, ${JSON.stringify(script)}], user: "1000" }\n`,
  );
  for (let round = 0; round < 2; round++) {
    const { stdout, stderr } = await cli.sc('apply', 'a.yaml');
    expect(stdout).toBe('written\n');
    expect(stderr).toContain('touch: /etc/x: Read-only file system');
  }
});

test('flags of mounts do what they say', async () => {
  const flags = ['-v', './rootfs:/a:ro,noexec', '--tmpfs', '/t:size=64k,nr_inodes=9,exec,mode=0711'];
  const mount = 'type=bind,source=./rootfs,subpath=etc,target=/e,readonly';
  const script = "grep -E ' /(a|t|e) ' /proc/self/mounts | cut -d' ' -f2,4; ls /e; stat -c %a /t";
  const { stdout } = await cli.sc('run', '--rm', ...flags, '--mount', mount, './rootfs', 'sh', '-c', script);
  expect(stdout).toMatch(/^\/a ro,nosuid,nodev,noexec/m);
  expect(stdout).toMatch(/^\/t rw,nosuid,nodev,relatime,size=64k,nr_inodes=9,mode=711/m);
  expect(stdout).toMatch(/^\/e ro,nosuid,nodev/m);
  expect(stdout).toMatch(/group\npasswd\n711\n$/);
});
