import { createReadStream, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadDirectory, loadTar } from '../../../src/image/archive/load.ts';
import { importRootFilesystem } from '../../../src/image/archive/root-filesystem.ts';
import { dockerTar } from '../../../src/image/archive/save-docker.ts';
import { layoutTar, saveLayout } from '../../../src/image/archive/save-layout.ts';
import { ContentStore } from '../../../src/image/content/store.ts';
import { verify } from '../../../src/image/content/verify.ts';
import { whole } from '../../support/images.ts';
import { directory, loading, store, withStores } from './loading.ts';

withStores();
const path = (...names: string[]) => join(directory, ...names);

beforeEach(async () => {
  mkdirSync(path('tree/etc'), { recursive: true });
  writeFileSync(path('tree/etc/name'), 'web\n');
  await execa('tar', ['-C', path('tree'), '-czf', path('tree.tar.gz'), '.']);
});

const fresh = () => new ContentStore(mkdtempSync(path('store-')));
const loadFile = (file: string, into: ContentStore) =>
  loading((intake) => loadTar(intake, createReadStream(file)), into);

/** An image `example.com/base/web:1.0` with one layer, and its ID. */
async function imported(): Promise<string> {
  const options = { names: ['example.com/base/web:1.0'], config: { Cmd: ['/bin/web'], Env: ['A=b'] } };
  await loading((intake) => importRootFilesystem(intake, createReadStream(path('tree.tar.gz')), options));
  return store.find('web:1.0').image.id;
}

const saved = () => store.entries().map(({ name = '', target }) => ({ names: [name], target }));
const savedImage = () => [{ names: ['example.com/base/web:1.0'], image: store.find('web:1.0').image }];

const write = async (file: string, chunks: AsyncIterable<Buffer>) => writeFileSync(file, await whole(chunks));

async function expectSame(into: ContentStore, id: string): Promise<void> {
  const [entry] = into.entries();
  const [image] = entry === undefined ? [] : into.images(entry);
  expect(image?.id).toBe(id);
  expect(image?.config.config).toMatchObject({ Cmd: ['/bin/web'], Env: ['A=b'] });
  expect((await verify(into, into.entries())).damages).toEqual([]);
}

describe('skopeo', () => {
  const skopeo = (...args: string[]) => execa('skopeo', args, { env: { TMPDIR: directory } });
  const inspect = async (place: string) =>
    JSON.parse((await skopeo('inspect', '--config', '--raw', place)).stdout) as { config: object };

  test('reads the store itself, under whole names', async () => {
    await imported();
    const { config } = await inspect(`oci:${store.directory}:example.com/base/web:1.0`);
    expect(config).toEqual({ Cmd: ['/bin/web'], Env: ['A=b'] });
  });

  test.each([
    ['oci', (place: string) => saveLayout(store, saved(), place)],
    ['oci-archive', (place: string) => write(place, layoutTar(store, saved()))],
    ['docker-archive', (place: string) => write(place, dockerTar(store, savedImage()))],
  ] as const)('reads what is saved for its transport %s', async (transport, save) => {
    const id = await imported();
    await save(path('saved'));
    const name = ':example.com/base/web:1.0';
    expect((await inspect(`${transport}:${path('saved')}${name}`)).config).toMatchObject({
      Cmd: ['/bin/web'],
    });
    await skopeo('copy', `${transport}:${path('saved')}${name}`, `dir:${path('dir')}`);
    expect(readdirSync(path('dir'))).toContain(id.slice(7));
  });

  test.each([
    ['oci', (place: string, into: ContentStore) => loading((intake) => loadDirectory(intake, place), into)],
    ['oci-archive', loadFile],
    ['docker-archive', loadFile],
  ] as const)('writes with its transport %s what is loaded', async (transport, load) => {
    const id = await imported();
    await saveLayout(store, saved(), path('saved'));
    await skopeo('copy', `oci:${path('saved')}`, `dir:${path('dir')}`);
    await skopeo('copy', `dir:${path('dir')}`, `${transport}:${path('copied')}:example.com/base/web:1.0`);
    const into = fresh();
    await load(path('copied'), into);
    expect(into.entries().map(({ name }) => name)).toEqual(['example.com/base/web:1.0']);
    await expectSame(into, id);
  });
});

describe('umoci', () => {
  test('lists and unpacks what is saved', async () => {
    await imported();
    await saveLayout(
      store,
      saved().map(({ target }) => ({ names: ['web'], target })),
      path('saved'),
    );
    expect((await execa('umoci', ['ls', '--layout', path('saved')])).stdout).toBe('web');
    await execa('umoci', ['unpack', '--image', `${path('saved')}:web`, path('bundle')]);
    expect(readFileSync(path('bundle/rootfs/etc/name'), 'utf8')).toBe('web\n');
  });

  test('makes images and layers that are loaded', async () => {
    await execa('umoci', ['init', '--layout', path('made')]);
    await execa('umoci', ['new', '--image', `${path('made')}:web`]);
    await execa('umoci', ['unpack', '--image', `${path('made')}:web`, path('bundle')]);
    writeFileSync(path('bundle/rootfs/file'), 'content');
    await execa('umoci', ['repack', '--image', `${path('made')}:web`, path('bundle')]);
    await execa('umoci', ['config', '--image', `${path('made')}:web`, '--config.cmd', '/file']);
    await loading((intake) => loadDirectory(intake, path('made')));
    const { image } = store.find('web');
    expect(image.config.config).toMatchObject({ Cmd: ['/file'] });
    expect(image.layers).toHaveLength(1);
  });
});

describe('podman', () => {
  /** Everything of its own stands in the test's directory, its locks too. */
  async function podman(...args: string[]) {
    const engine = {
      lock_type: 'file',
      tmp_dir: path('libpod'),
      cgroup_manager: 'cgroupfs',
      events_logger: 'none',
    };
    const lines = Object.entries(engine).map(([key, value]) => `${key} = "${value}"`);
    writeFileSync(path('containers.conf'), ['[engine]', ...lines, ''].join('\n'));
    const storage = ['--root', path('podman'), '--runroot', path('podman-run'), '--storage-driver', 'vfs'];
    const env = { TMPDIR: directory, CONTAINERS_CONF: path('containers.conf') };
    return execa('podman', [...storage, ...args], { env });
  }

  // From docker's form to the OCI's podman writes the config anew.
  test.each([
    ['an OCI image layout', () => layoutTar(store, saved()), ['oci-archive', 'docker-archive']],
    ["docker's archive", () => dockerTar(store, savedImage()), ['docker-archive']],
  ] as const)('loads %s, and saves it as the same image', async (_, tar, formats) => {
    const id = await imported();
    await write(path('saved.tar'), tar());
    const { stdout } = await podman('load', '--input', path('saved.tar'));
    expect(stdout).toContain('Loaded image: example.com/base/web:1.0');
    expect((await podman('images', '--quiet', '--no-trunc')).stdout).toBe(id);
    for (const format of formats) {
      const file = path(`${format}.tar`);
      await podman('save', '--format', format, '--output', file, 'example.com/base/web:1.0');
      const into = fresh();
      await loadFile(file, into);
      expect(into.entries().map(({ name }) => name)).toEqual(['example.com/base/web:1.0']);
      await expectSame(into, id);
    }
  });

  test('saves several images in one archive, with links in place of layers, which is loaded', async () => {
    await imported();
    await write(path('saved.tar'), dockerTar(store, savedImage()));
    await podman('load', '--input', path('saved.tar'));
    await podman('tag', 'example.com/base/web:1.0', 'example.com/base/web:2.0');
    const file = path('both.tar');
    await podman(
      'save',
      '--multi-image-archive',
      '--output',
      file,
      'example.com/base/web:1.0',
      'example.com/base/web:2.0',
    );
    const into = fresh();
    await loadFile(file, into);
    expect(into.entries().map(({ name }) => name)).toEqual([
      'example.com/base/web:1.0',
      'example.com/base/web:2.0',
    ]);
    expect(into.find('web:2.0').image.id).toBe(store.find('web:1.0').image.id);
  });
});
