import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VolumeInspectResult } from '../../src/schema/operations/volume-inspect.ts';
import type { VolumeListResult } from '../../src/schema/operations/volume-list.ts';
import { parseAnswer } from '../support/answer.ts';
import { job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.remove());

const run = (...args: string[]) => cli.sc('run', '--rm', ...args);
const sh = (script: string, ...flags: string[]) => run(...flags, './rootfs', 'sh', '-euc', script);
const data = (name: string) => join(cli.root, 'volumes', name, 'data');
const names = async (...flags: string[]) => {
  const { stdout } = await cli.sc('volume', 'list', ...flags, '--json');
  return (parseAnswer(stdout) as VolumeListResult).volumes.map(({ name }) => name);
};
const inspect = async (name: string) =>
  parseAnswer((await cli.sc('volume', 'inspect', name)).stdout) as VolumeInspectResult;
/** What is on the disk of the store of volumes, but for the volumes themselves and where removed ones are emptied. */
const leftovers = () =>
  readdirSync(join(cli.root, 'volumes')).filter((name) => name.startsWith('.') && name !== '.removed');

describe('a volume', () => {
  test('is made for who names it on the command line, and outlives its containers', async () => {
    const first = await sh('echo kept > /srv/file', '-v', 'data:/srv');
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toContain('--volume: there is no volume "data": it is made');
    expect((await sh('cat /srv/file', '--mount', 'source=data,target=/srv')).stdout).toBe('kept\n');
    const { stderr } = await sh('touch /srv/more', '-v', 'data:/srv:ro');
    expect(stderr).toContain('Read-only file system');
    expect(await names()).toEqual(['data']);
    // What root in a container writes is root's on the disk, whoever that is outside.
    expect(statSync(join(data('data'), 'file'))).toMatchObject({ uid: 0, gid: 0 });
  });

  test('is shared by containers with other users, each as it sees them', async () => {
    await sh('echo one > /srv/one; chown 7:8 /srv/one; chmod 600 /srv/one', '-v', 'data:/srv');
    const look = 'stat -c "%u:%g %a" /srv/one; cat /srv/one';
    for (const flags of [[], ['--userns', 'private'], ['--userns', 'host']])
      expect((await sh(look, '-v', 'data:/srv', ...flags)).stdout).toBe('7:8 600\none\n');
    expect(statSync(join(data('data'), 'one'))).toMatchObject({ uid: 7, gid: 8 });
  });

  test('begins once with what the image has there, and never again', async () => {
    const image = join(cli.directory, 'rootfs/var/lib/seed');
    mkdirSync(image, { recursive: true });
    const make = `printf a > a; ln a b; ln -s /etc c; mkdir d; chmod 2750 d; chown 3:4 d a; setfattr -n user.x -v y a
      touch -d '2001-02-03 04:05:06.789' a; chown 5:6 .; chmod 1751 .`;
    execFileSync('sh', ['-euc', make], { cwd: image });
    const look = 'cd /var/lib/seed; ls -a; stat -c "%n %u:%g %a %Y" . a d; cat b; readlink c';
    const flags = ['-v', 'data:/var/lib/seed'];
    const first = await sh(look, ...flags);
    expect(first.stdout).toBe((await sh(look)).stdout);
    expect(statSync(join(data('data'), 'a')).nlink).toBe(2);
    expect(execFileSync('getfattr', ['-n', 'user.x', '--only-values', join(data('data'), 'a')])).toEqual(
      Buffer.from('y'),
    );
    await sh('cd /var/lib/seed; rm a b c; rmdir d', ...flags);
    expect((await sh('ls /var/lib/seed', ...flags)).stdout).toBe('');
    expect((await inspect('data')).record).toMatchObject({
      isUsed: true,
      filledFrom: { path: '/var/lib/seed' },
    });
  });

  test('begins empty where that is asked for, and where something is in it already', async () => {
    const look = 'ls /etc';
    expect((await sh(look, '-v', 'empty:/etc:nocopy')).stdout).not.toContain('passwd');
    expect((await sh(look, '-v', 'empty:/etc')).stdout).not.toContain('passwd');
    expect((await sh('touch /srv/x', '-v', 'other:/srv')).exitCode).toBe(0);
    expect((await sh(look, '-v', 'other:/etc')).stdout).toMatch(/^x$/m);
  });

  test('keeps the owner and permissions that it was made with, whatever the image says', async () => {
    await cli.sc('volume', 'create', '--owner', '12:13', '--mode', '0711', 'mine');
    const { stdout } = await sh('stat -c "%u:%g %a" /etc; test -e /etc/passwd', '-v', 'mine:/etc');
    expect(stdout).toBe('12:13 711\n');
  });

  test('that nobody has made is refused in a file, made, or left out', async () => {
    const mounts = (more = '') => `mounts: [{ volume: data, target: /srv${more} }]\n`;
    cli.write('a.yaml', job('user', ['ls', '/srv'], mounts()));
    for (const command of ['plan', 'apply']) {
      const { stderr, exitCode } = await cli.sc(command, 'a.yaml');
      expect(stderr).toContain('there is no volume "data"');
      expect(stderr).toContain('a document of kind Volume');
      expect(exitCode).toBe(1);
    }
    cli.write('a.yaml', job('user', ['ls', '/srv'], mounts(', ifMissing: skip')));
    expect((await cli.sc('plan', 'a.yaml')).stdout).toContain('the mount is left out');
    expect((await cli.sc('apply', 'a.yaml')).stderr).toContain('No such file or directory');
    cli.write('a.yaml', job('user', ['ls', '/srv'], mounts(', ifMissing: create')));
    expect((await cli.sc('plan', 'a.yaml')).stdout).toContain('there is no volume "data": it is made');
    expect(await names()).toEqual([]);
    expect(await cli.sc('apply', 'a.yaml')).toMatchObject({ exitCode: 0 });
    expect(await names()).toEqual(['data']);
  });

  test('that was made for a container goes again where that does not start', async () => {
    expect((await run('-v', 'data:/srv', './rootfs', 'nosuch')).exitCode).toBe(127);
    expect(await names()).toEqual([]);
    await cli.sc('volume', 'create', 'data');
    expect((await run('-v', 'data:/srv', './rootfs', 'nosuch')).exitCode).toBe(127);
    expect(await names()).toEqual(['data']);
  });

  test('in use is not removed', async () => {
    await cli.sc('run', '-d', '--name', 'user', '-v', 'data:/srv', './rootfs', 'sleep', '1000');
    const refused = await cli.sc('volume', 'remove', 'data', 'nosuch');
    expect(refused.stderr).toContain('container "user", which is running, mounts it');
    expect(refused.stderr).toContain('no volume "nosuch"');
    expect(refused.exitCode).toBe(1);
    expect((await cli.sc('volume', 'prune', '--all')).stdout).toBe('0B reclaimed\n');
    expect((await inspect('data')).containers).toMatchObject([{ name: 'user', status: 'running' }]);
    await cli.sc('stop', '--timeout', '0', 'user');
    await cli.sc('run', '--name', 'other', '-v', 'data:/srv', './rootfs', 'true');
    expect(await cli.sc('volume', 'remove', 'data')).toMatchObject({
      stderr: expect.stringContaining('container "user", which is stopped, and 1 more mount it'),
      exitCode: 1,
    });
    await cli.sc('delete', '--volumes', 'user', 'other');
    expect(await cli.sc('volume', 'remove', 'data')).toMatchObject({ stdout: 'data\n', exitCode: 0 });
    expect(leftovers()).toEqual([]);
  });

  test('is one, however many make it at once', async () => {
    const created = await Promise.all(Array.from({ length: 5 }, () => cli.sc('volume', 'create', 'data')));
    expect(created.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
    expect(created.filter(({ stderr }) => stderr.includes('there is one'))).toHaveLength(4);
    expect(leftovers()).toEqual([]);
  });

  test.each(['../x', 'f'.repeat(64)])('is not called "%s"', async (name) => {
    const { exitCode, stderr } = await cli.sc('volume', 'create', '--', name);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('it is no name');
    expect((await cli.sc('volume', 'remove', '--', name)).exitCode).toBe(1);
  });
});

describe('a volume without a name', () => {
  test('belongs to its container', async () => {
    expect((await sh('touch /srv/x', '-v', '/srv')).exitCode).toBe(0);
    expect(await names()).toEqual([]);
    await cli.sc('run', '--name', 'keeper', '-v', '/srv', './rootfs', 'touch', '/srv/x');
    const [name = ''] = await names();
    expect(name).toMatch(/^[0-9a-f]{64}$/);
    await cli.sc('delete', 'keeper');
    expect(await names('--filter', 'dangling=true')).toEqual([name]);
    expect((await sh('ls /mnt', '-v', `${name}:/mnt`)).stdout).toBe('x\n');
    await cli.sc('volume', 'create', 'named');
    expect((await cli.sc('volume', 'prune')).stdout).toContain(name);
    expect(await names()).toEqual(['named']);
    await cli.sc('run', '--name', 'second', '-v', '/srv', './rootfs', 'true');
    await cli.sc('delete', '--volumes', 'second');
    expect(await names()).toEqual(['named']);
  });

  test('is what an image asks for, and nothing else is mounted on', async () => {
    const rootfs = join(cli.directory, 'rootfs');
    for (const [name, more] of [
      ['one', 'a'],
      ['two', 'b'],
    ] as const) {
      mkdirSync(join(rootfs, 'var', name), { recursive: true });
      writeFileSync(join(rootfs, 'var', name, 'seed'), more);
    }
    const changes = ['-c', 'VOLUME /var/one /var/two/', '-c', 'CMD ["true"]'];
    await cli.sc('image', 'import', ...changes, './rootfs', 'db');
    const mounts = 'mounts: [{ tmpfs: true, target: /var/two }]\n';
    cli.write('a.yaml', job('web', ['sh', '-c', 'cat /var/*/seed'], mounts).replace('./rootfs', 'db'));
    expect((await cli.sc('plan', 'a.yaml')).stdout).toMatch(/mounts\[1\] +from the image +.*anonymous=true/);
    expect((await cli.sc('apply', 'a.yaml')).stdout).toMatch(/^a(?!b)/);
    expect(await names()).toHaveLength(1);
    // Each time anew, as all that a Job writes.
    await cli.sc('apply', 'a.yaml');
    expect(await names()).toHaveLength(1);
    expect((await sh('true')).exitCode).toBe(0);
    const both = await run('db', 'sh', '-c', 'cat /var/*/seed; echo x > /var/one/new');
    expect(both.stdout).toBe('ab');
    expect(await names()).toHaveLength(1);
  });

  test('is taken over by a Container that is made anew', async () => {
    const file = (more: string) =>
      job('web', ['sleep', '1000'], `mounts: [{ volume: true, target: /srv }]\n${more}`).replace(
        'kind: Job',
        'kind: Container',
      );
    cli.write('a.yaml', file(''));
    await cli.sc('apply', 'a.yaml');
    const before = await names();
    await cli.sc('exec', 'web', 'touch', '/srv/kept');
    expect((await cli.sc('apply', 'a.yaml')).exitCode).toBe(0);
    await cli.sc('stop', '--timeout', '0', 'web');
    cli.write('a.yaml', file('labels: { new: one }\n'));
    expect((await cli.sc('apply', 'a.yaml')).exitCode).toBe(0);
    expect((await cli.sc('exec', 'web', 'ls', '/srv')).stdout).toBe('kept\n');
    expect(await names()).toEqual(before);
    await cli.sc('delete', '--force', 'web');
  });
});

test.each(['overlay', 'vfs'])(
  'what several layers have there together is what a volume begins with, by %s',
  async (driver) => {
    const sc = (...args: string[]) =>
      cli.sc('--root', join(cli.directory, 'other'), '--storage-driver', driver, ...args);
    const seed = join(cli.directory, 'rootfs/seed');
    mkdirSync(join(seed, 'dir'), { recursive: true });
    for (const name of ['kept', 'gone', 'changed', 'dir/old']) writeFileSync(join(seed, name), 'old');
    await sc('image', 'import', './rootfs', 'base');
    const change =
      'cd /seed; rm gone; echo new > changed; rm -r dir; mkdir dir; echo new > dir/new; chmod 711 .';
    await sc('run', '--name', 'changer', 'base', 'sh', '-euc', change);
    await sc('commit', 'changer', 'changed');
    const look = ['sh', '-c', 'cd /seed; find . | sort; cat changed; stat -c %a .'];
    const { stdout } = await sc('run', '--rm', 'changed', ...look);
    expect(stdout).toBe('.\n./changed\n./dir\n./dir/new\n./kept\nnew\n711\n');
    expect((await sc('run', '--rm', '-v', 'data:/seed', 'changed', ...look)).stdout).toBe(stdout);
    await sc('delete', '--all', '--force');
  },
);

test('who writes to a volume does not choose what another mounts of it', async () => {
  await sh(
    'mkdir -p /srv/sub; ln -s /etc /srv/absolute; ln -s ../../../../etc /srv/sub/up',
    '-v',
    'data:/srv',
  );
  const mount = (subpath: string) => `source=data,target=/mnt,subpath=${subpath}`;
  for (const subpath of ['absolute', 'sub/up', 'sub/up/new']) {
    const { stderr, exitCode } = await sh('ls /mnt', '--mount', mount(subpath));
    expect(stderr).toContain('ELOOP');
    expect(exitCode).toBe(125);
  }
  expect((await sh('touch /mnt/x', '--mount', mount('sub/deep/er'))).exitCode).toBe(0);
  expect(readdirSync(join(data('data'), 'sub/deep/er'))).toEqual(['x']);
  await run('--mount', mount('never'), './rootfs', 'nosuch');
  expect(readdirSync(data('data')).sort()).toEqual(['absolute', 'sub']);
});

test('an image cannot have the whole of it, or anything of the host, copied by a link', async () => {
  const rootfs = join(cli.directory, 'rootfs');
  const link = 'ln -s / toroot; ln -s ../../../../etc toetc; ln -s "$1" tohost';
  writeFileSync(join(cli.directory, 'secret'), 'of the host');
  execFileSync('sh', ['-euc', link, 'sh', cli.directory], { cwd: rootfs });
  const root = await run('-v', 'data:/toroot', './rootfs', 'true');
  expect(root.stderr).toContain('begin volume "data" with "/toroot" of the image: it is the root itself');
  expect(root.exitCode).toBe(125);
  expect(await names()).toEqual([]);
  expect((await sh('cat /etc/passwd', '-v', 'etc:/toetc')).stdout).toBe(
    readFileSync(join(rootfs, 'etc/passwd'), 'utf8'),
  );
  await run('-v', 'host:/tohost', './rootfs', 'true');
  expect(await names()).toEqual(['etc']);
});

describe('kind: Volume', () => {
  const volume = (more = '') =>
    `apiVersion: standard-container/v1\nkind: Volume\nmetadata: { name: data }\n${more}`;
  const user = job(
    'user',
    ['sh', '-c', 'stat -c "%u:%g %a" /srv; echo x >> /srv/x; cat /srv/x'],
    'mounts: [{ volume: data, target: /srv }]\n',
  );

  test('is made before what mounts it, once, and stays', async () => {
    cli.write(
      'a.yaml',
      `${user}---\n${volume('owner: "1000:1001"\nmode: "0700"\nlabels: { team: payments }\n')}`,
    );
    expect((await cli.sc('plan', 'a.yaml')).stdout).toMatch(/1\. createVolume data: there is none/);
    expect((await cli.sc('apply', 'a.yaml')).stdout).toBe('1000:1001 700\nx\n');
    expect((await cli.sc('plan', 'a.yaml')).stdout).not.toContain('createVolume');
    expect((await cli.sc('apply', 'a.yaml')).stdout).toBe('1000:1001 700\nx\nx\n');
    await cli.sc('delete', '--file', 'a.yaml');
    expect(await names('--filter', 'label=team=payments')).toEqual(['data']);
  });

  test('goes with the file where that is asked for, unless another mounts it', async () => {
    cli.write('a.yaml', [volume(), volume().replace('name: data', 'name: more'), user].join('---\n'));
    expect((await cli.sc('apply', 'a.yaml')).exitCode).toBe(0);
    await cli.sc('run', '--name', 'guest', '-v', 'data:/srv', './rootfs', 'true');
    const first = await cli.sc('delete', '--file', 'a.yaml', '--volumes');
    expect(first.stderr).toContain('container "guest", which is stopped, mounts it: it stays');
    expect(await names()).toEqual(['data']);
    await cli.sc('delete', 'guest');
    expect(await cli.json('delete', '--json', '--volumes', '--file', 'a.yaml')).toEqual({
      containers: [],
      networks: [],
      volumes: ['data'],
      failures: [],
    });
    expect(await names()).toEqual([]);
  });

  test('alone changes nothing the second time', async () => {
    cli.write('v.yaml', volume());
    expect((await cli.sc('plan', 'v.yaml')).exitCode).toBe(3);
    expect((await cli.sc('apply', 'v.yaml')).exitCode).toBe(0);
    expect((await cli.sc('plan', 'v.yaml')).exitCode).toBe(0);
    cli.write('v.yaml', volume('mode: "0700"\n'));
    const { stderr, exitCode } = await cli.sc('apply', 'v.yaml');
    expect(stderr).toContain('volume "data" is there, with mode "0755" where the file says "0700"');
    expect(exitCode).toBe(1);
  });

  test('says no more than can be honoured', async () => {
    cli.write('v.yaml', volume('size: 1Gi\n'));
    expect((await cli.sc('plan', 'v.yaml')).stderr).toContain('"1Gi" is not supported yet');
    cli.write('v.yaml', volume('owner: www-data\n'));
    expect((await cli.sc('validate', 'v.yaml')).stderr).toContain('a volume has no users of its own');
  });

  test('stays where what comes after it fails', async () => {
    cli.write(
      'a.yaml',
      `${volume()}---\n${job('user', ['nosuch'], 'mounts: [{ volume: data, target: /srv }]\n')}`,
    );
    expect((await cli.sc('apply', 'a.yaml')).exitCode).toBe(127);
    expect(await names()).toEqual(['data']);
  });
});
