import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ImageHistoryResult } from '../../src/schema/operations/image-history.ts';
import type { ImageInspectResult } from '../../src/schema/operations/image-inspect.ts';
import type { ImageListResult } from '../../src/schema/operations/image-list.ts';
import type { ImagePruneResult } from '../../src/schema/operations/image-prune.ts';
import type { ImageRemoveResult } from '../../src/schema/operations/image-remove.ts';
import type { ImageVerifyResult } from '../../src/schema/operations/image-verify.ts';
import { parseAnswer } from '../support/answer.ts';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  await execa('tar', ['-C', join(cli.directory, 'rootfs'), '-czf', at('rootfs.tar.gz'), '.']);
});
let store: string;
let count = 0;
beforeEach(async () => {
  count += 1;
  store = at(`store-${count}`);
  await sc('image', 'import', '-m', 'from a backup', '-c', 'CMD ["id"]', 'rootfs.tar.gz', 'web:1.0');
});
afterEach(async () => {
  await sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const at = (name: string) => join(cli.directory, name);
const sc = (...args: string[]) => cli.sc('--root', store, ...args);
async function json<Answer>(...args: string[]): Promise<Answer> {
  return parseAnswer((await sc('image', ...args, '--json')).stdout) as Answer;
}
const list = async (...args: string[]) => (await json<ImageListResult>('list', ...args)).images;
const names = async (...args: string[]) => (await list(...args)).map(({ name }) => name).sort();
const blobs = () => readdirSync(join(store, 'images/blobs/sha256'));
const layers = () =>
  readdirSync(join(store, 'storage/overlay/.layers')).filter((name) => !name.startsWith('.'));
const idOf = async (name: string) => (await json<ImageInspectResult>('inspect', name)).id;

test('ports that an image says it listens at are told of it, of plans and of containers', async () => {
  await sc('image', 'import', '-c', 'CMD ["true"]', '-c', 'EXPOSE 443/udp 80', 'rootfs.tar.gz', 'ports:1');
  const { config } = await json<ImageInspectResult>('inspect', 'ports:1');
  expect(config.config?.ExposedPorts).toEqual({ '443/udp': {}, '80/tcp': {} });
  const file = cli.write(
    'ports.yaml',
    'apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: ports }\nimage: ports:1\n',
  );
  expect((await sc('plan', file)).stdout).toMatch(/^ +image +from the file +.* exposes=80\/tcp 443\/udp$/m);
  await sc('apply', file);
  const { spec } = JSON.parse((await sc('inspect', 'ports')).stdout) as ContainerState;
  expect(spec.image).toMatchObject({ name: 'ports:1', exposes: ['80/tcp', '443/udp'] });
});

describe('names', () => {
  test('a tag is a further name, and takes it from who has it', async () => {
    expect(await sc('image', 'tag', 'web:1.0', 'example.com/team/web')).toMatchObject({ exitCode: 0 });
    expect(await names()).toEqual(['example.com/team/web:latest', 'web:1.0']);
    await sc('image', 'import', 'rootfs.tar.gz', 'other:1');
    expect(await json('tag', 'other:1', 'web:1.0')).toMatchObject({ tagged: 'web:1.0' });
    expect(await idOf('web:1.0')).toBe(await idOf('other:1'));
    expect(await idOf('team/web')).not.toBe(await idOf('other:1'));
  });

  test('are filtered as docker does', async () => {
    await sc('image', 'import', '-c', 'LABEL team=payments', 'rootfs.tar.gz', 'example.com/base:2');
    await sc('image', 'import', '--created', '2024-05-01T12:00:00Z', 'rootfs.tar.gz');
    expect(await names('web:*')).toEqual(['web:1.0']);
    expect(await names('base')).toEqual(['example.com/base:2']);
    expect(await names('--filter', 'reference=nobody')).toEqual([]);
    expect(await names('--filter', 'label=team=payments')).toEqual(['example.com/base:2']);
    expect(await names('--filter', 'label=team=others')).toEqual([]);
    expect(await names('--filter', 'dangling=true')).toEqual([undefined]);
    expect(await names('--filter', 'since=web:1.0')).toEqual([undefined]);
    expect((await list())[0]).toMatchObject({ createdAt: '2024-05-01T12:00:00Z' });
    expect((await sc('image', 'list', '--filter', 'size=1')).stderr).toContain('--filter: found "size=1"');
    const { stdout } = await sc('image', 'list', '--quiet', '--no-trunc', 'web');
    expect(stdout.trim()).toBe(await idOf('web:1.0'));
    expect((await sc('images')).stdout).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\n<none> +<none>/);
  });
});

test('inspect and history tell what it is, and how it came about', async () => {
  await sc('run', '--name', 'user', 'web:1.0');
  const inspected = await json<ImageInspectResult>('inspect', 'web:1.0');
  expect(inspected).toMatchObject({
    names: ['web:1.0'],
    containers: ['user'],
    config: { config: { Cmd: ['id'] } },
  });
  expect(inspected.layers[0]?.unpacked).toBeGreaterThan(500_000);
  expect(inspected.layers[0]?.mediaType).toContain('gzip');
  expect(await json<ImageHistoryResult>('history', 'web:1.0')).toMatchObject({
    id: inspected.id,
    steps: [{ createdBy: 'sc image import', comment: 'from a backup', layer: inspected.layers[0]?.digest }],
  });
  expect((await sc('image', 'history', 'web:1.0')).stdout).toContain('from a backup');
});

describe('remove', () => {
  test('takes the name, and with the last one all that belongs to the image', async () => {
    await sc('image', 'tag', 'web:1.0', 'web:2.0');
    const id = await idOf('web:1.0');
    expect((await sc('image', 'remove', 'web:1.0')).stdout).toBe('Untagged: web:1.0\n');
    expect(blobs()).toHaveLength(3);
    expect((await sc('rmi', 'web:2.0')).stdout).toBe(`Untagged: web:2.0\nDeleted: ${id}\n`);
    expect([...blobs(), ...layers(), ...(await list())]).toEqual([]);
  });

  test('keeps blobs and layers that another image has', async () => {
    await sc('image', 'import', '-c', 'CMD ["true"]', 'rootfs.tar.gz', 'other:1');
    expect(layers()).toHaveLength(1);
    await sc('image', 'remove', 'web:1.0');
    expect(layers()).toHaveLength(1);
    expect(blobs()).toHaveLength(3);
    expect(await sc('run', '--rm', 'other:1')).toMatchObject({ exitCode: 0 });
  });

  test('refuses one of many names by its ID, and one that is not there, and tries the others', async () => {
    await sc('image', 'tag', 'web:1.0', 'web:2.0');
    const id = await idOf('web:1.0');
    const result = await json<ImageRemoveResult>('remove', 'nobody', id.slice(7, 19), 'web:2.0');
    expect(result.failures.map(({ error }) => error.code)).toEqual(['SC_NOT_FOUND', 'SC_WRONG_STATE']);
    expect(result.removed).toEqual([{ reference: 'web:2.0', untagged: ['web:2.0'], deleted: [] }]);
    await sc('image', 'tag', 'web:1.0', 'web:2.0');
    const forced = await json<ImageRemoveResult>('remove', '--force', id.slice(7, 19));
    expect(forced.removed).toMatchObject([{ untagged: ['web:1.0', 'web:2.0'], deleted: [id] }]);
  });

  test('refuses one that a container stands on, which by force is gone when the container is', async () => {
    await sc('run', '--name', 'user', 'web:1.0', 'sh', '-c', 'echo kept > /root/kept');
    const refused = await sc('image', 'remove', 'web:1.0');
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('container "user" stands on it');
    expect(refused.stderr).toContain('Try: sc delete user');
    expect((await sc('image', 'remove', '--force', 'web:1.0')).stdout).toBe('Untagged: web:1.0\n');
    expect(await list()).toMatchObject([{ containers: ['user'] }]);
    expect((await sc('image', 'prune', '--all')).stdout).toContain('0 blobs and 0 unpacked layers');
    expect(await sc('start', '-a', 'user')).toMatchObject({ exitCode: 0 });
    await sc('delete', 'user');
    const pruned = await json<ImagePruneResult>('prune');
    expect(pruned).toMatchObject({ blobs: 3, layers: 1, deleted: [expect.stringMatching(/^sha256:/)] });
    expect([...blobs(), ...layers()]).toEqual([]);
  });

  test('does nothing while there is a record that nobody can read', async () => {
    await sc('run', '--name', 'user', 'web:1.0');
    const [id = ''] = readdirSync(join(store, 'containers')).filter((name) => /^[0-9a-f]{64}$/.test(name));
    writeFileSync(join(store, 'containers', id, 'state.json'), '{');
    const refused = await sc('image', 'remove', '--force', 'web:1.0');
    expect(refused.stderr).toContain(`which of them container ${id.slice(0, 12)} stands on is not known`);
    expect(await names()).toEqual(['web:1.0']);
    await sc('delete', '--force', id);
    expect(await sc('image', 'remove', 'web:1.0')).toMatchObject({ exitCode: 0 });
  });
});

test('prune takes what has no name, and with --all what nobody uses', async () => {
  await sc('image', 'import', '-c', 'CMD ["true"]', 'rootfs.tar.gz');
  await sc('image', 'prune');
  expect(await names()).toEqual(['web:1.0']);
  expect(await json<ImagePruneResult>('prune', '--all')).toMatchObject({ untagged: ['web:1.0'], layers: 1 });
  expect([...blobs(), ...layers()]).toEqual([]);
});

test('verify finds a flipped bit and says which image it is in', async () => {
  await sc('image', 'import', '-c', 'CMD ["true"]', 'rootfs.tar.gz', 'other:1');
  expect((await sc('image', 'verify')).stdout).toMatch(/^5 blobs, .*: all good\n$/);
  const { digest } = (await json<ImageInspectResult>('inspect', 'web:1.0')).layers[0] ?? { digest: '' };
  const file = join(store, 'images/blobs/sha256', digest.slice(7));
  const bytes = readFileSync(file);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const found = await sc('image', 'verify');
  expect(found.exitCode).toBe(1);
  expect(found.stdout).toContain('other:1, web:1.0: read blob');
  expect((await json<ImageVerifyResult>('verify', 'other:1')).damages).toMatchObject([{ blob: digest }]);
  // What is unpacked is not what is kept: it runs, but does not go out.
  expect((await sc('image', 'save', '-o', 'damaged.tar', 'web:1.0')).stderr).toContain(
    'its bytes are others',
  );
  expect(cli.exists('damaged.tar')).toBe(false);
  await sc('image', 'import', '-m', 'from a backup', '-c', 'CMD ["id"]', 'rootfs.tar.gz', 'web:1.0');
  expect(await sc('image', 'verify')).toMatchObject({ exitCode: 0 });
});

test('a directory is imported with all that is in it', async () => {
  mkdirSync(at('tree/deep/er'), { recursive: true });
  writeFileSync(at('tree/deep/er/file'), 'found\n');
  await execa('cp', ['-a', `${at('rootfs')}/.`, at('tree')]);
  expect(await sc('image', 'import', './tree', 'tree:1')).toMatchObject({ exitCode: 0 });
  expect((await sc('run', '--rm', 'tree:1', 'cat', '/deep/er/file')).stdout).toBe('found\n');
});
