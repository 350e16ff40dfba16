import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CommitResult } from '../../src/schema/operations/commit.ts';
import type { DiffResult } from '../../src/schema/operations/diff.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  await execa('tar', ['-C', at('rootfs'), '-czf', at('rootfs.tar.gz'), '.']);
  await sc('image', 'import', 'rootfs.tar.gz', 'base:1');
});
afterEach(async () => {
  await sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const at = (name: string) => join(cli.directory, name);
const sc = (...args: string[]) => cli.sc(...args);
const run = (name: string, script: string, image = 'base:1') =>
  sc('run', '--name', name, image, 'sh', '-c', script);
const diff = async (...args: string[]) => (await sc('diff', ...args)).stdout;

describe('sc diff of a container', () => {
  test.each(['base:1', './rootfs'])('of %s lists what was written', async (image) => {
    await run(
      'web',
      'echo > etc/new; rm etc/group; mkdir -p a/b; chmod 700 root; echo x >> etc/hosts',
      image,
    );
    expect(await diff('web')).toBe('A /a\nA /a/b\nD /etc/group\nA /etc/new\nC /root\n');
    const result = await cli.json<DiffResult>('diff', '--json', 'web');
    expect(result.after).toMatchObject({ kind: 'container', name: 'web' });
    expect(result).not.toHaveProperty('before');
    expect(result.changes.at(-1)).toEqual({ kind: 'C', path: '/root' });
  });

  test('that has written nothing is empty', async () => {
    await run('web', 'cat etc/group');
    expect(await sc('diff', 'web')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('that runs is told as it is by now', async () => {
    await sc('run', '-d', '--name', 'live', 'base:1', 'sh', '-c', 'echo > one; while :; do sleep 0.1; done');
    await eventually(async () => ((await diff('live')) === 'A /one\n' ? true : undefined));
    await sc('exec', 'live', 'rm', '/one', '/etc/group');
    expect(await diff('live')).toBe('D /etc/group\n');
  });

  test('has names of any bytes', async () => {
    await run('odd', `printf x > "$(printf 'b\\377')"; printf x > "$(printf 'a\\033[2J\\nA c')"`);
    expect(await diff('odd')).toBe('A /a\\u001b[2J\\nA c\nA /b\ufffd\n');
    const { changes } = await cli.json<DiffResult>('diff', '--json', 'odd');
    expect(changes).toEqual([
      { kind: 'A', path: '/a\u001b[2J\nA c' },
      { kind: 'A', pathBase64: Buffer.from('/b\xff', 'latin1').toString('base64') },
    ]);
  });
});

describe('sc diff of two', () => {
  test('containers and images tells what the second is and the first is not', async () => {
    await run('one', 'echo one > both; echo > mine; rm etc/group');
    await run('two', 'echo two > both; rm -r tmp');
    expect(await diff('one', 'two')).toBe('C /both\nA /etc/group\nD /mine\nD /tmp\n');
    expect(await diff('two', 'one')).toBe('C /both\nD /etc/group\nA /mine\nA /tmp\n');
    expect(await diff('base:1', 'one')).toBe(await diff('one'));
    await sc('commit', 'one', 'one:1');
    await sc('commit', 'two', 'two:1');
    expect(await diff('one:1', 'two:1')).toBe(await diff('one', 'two'));
    expect(await diff('two:1', 'one')).toBe(await diff('two', 'one'));
    const { before, after } = await cli.json<DiffResult>('diff', '--json', 'one', 'one:1');
    expect(before).toMatchObject({ kind: 'container', name: 'one' });
    expect(after).toMatchObject({ kind: 'image', name: 'one:1' });
  });

  test('images without a layer in common compares all of them', async () => {
    await execa('sh', ['-c', 'cp -a rootfs other; echo new > other/etc/new; rm other/etc/group'], {
      cwd: cli.directory,
    });
    await execa('tar', ['-C', at('other'), '-cf', at('other.tar'), '.']);
    await sc('image', 'import', 'other.tar', 'other:1');
    expect(await diff('base:1', 'other:1')).toBe('D /etc/group\nA /etc/new\n');
    // Times of a tar are whole seconds.
    await execa('sh', ['-c', 'rm -r other; mkdir other; tar -C other -xf other.tar'], { cwd: cli.directory });
    await run('web', 'true', './other');
    expect(await diff('base:1', 'web')).toBe('D /etc/group\nA /etc/new\n');
  });

  test('takes a name for that of a container, with a tag for that of an image', async () => {
    await run('base', 'echo > new');
    await sc('image', 'tag', 'base:1', 'base:latest');
    expect(await diff('base:latest', 'base')).toBe('A /new\n');
    expect(await diff('base', 'base:latest')).toBe('D /new\n');
  });

  test.each([
    [['nobody'], 'no container "nobody"'],
    [['base:1'], 'container'],
    [['base:1', 'nobody'], 'there is no container or image "nobody"'],
  ])('refuses what is not there: %j', async (args, words) => {
    const failed = await sc('diff', ...args);
    expect([failed.exitCode, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toContain(words);
  });
});

test('storage drivers give the same changes, and images with the same ID', async () => {
  const script = `mkdir -p a/b; echo new > a/b/c; ln a/b/c a/hard; chmod 4755 a/b/c; ln -s c a/b/link; rm etc/group
    rm -r root; mkdir root; echo > root/new; touch -h -d '2020-01-01 00:00:00' a/b/link
    touch -d '2020-01-01 00:00:00' a/b/c root/new root a/b a etc`;
  const found = [];
  for (const driver of ['overlay', 'vfs']) {
    const own = (...args: string[]) => cli.sc('--root', at(driver), '--storage-driver', driver, ...args);
    await own('image', 'import', 'rootfs.tar.gz', 'base:1');
    expect(await own('run', '--name', 'web', 'base:1', 'sh', '-c', script)).toMatchObject({ stderr: '' });
    const { stdout } = await own('commit', '--json', '--created', '0', 'web', 'web:1');
    const { id, layer } = JSON.parse(stdout) as CommitResult;
    const changes = (await own('diff', 'web')).stdout;
    expect((await own('diff', 'base:1', 'web:1')).stdout).toBe(changes);
    expect((await own('diff', 'web:1', 'web')).stdout).toBe('');
    found.push({ id, layer, changes });
    await own('delete', '--all');
  }
  expect(found[0]?.changes).toContain('A /a/hard');
  expect(found[1]).toEqual(found[0]);
});
