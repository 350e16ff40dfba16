import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { loadDirectory, loadTar } from '../../../src/image/archive/load.ts';
import { entriesOf, type Loaded, type LoadOptions } from '../../../src/image/archive/loaded.ts';
import type { ArchiveLimits } from '../../../src/image/archive/tar-members.ts';
import type { Intake } from '../../../src/image/content/intake.ts';
import { ContentStore } from '../../../src/image/content/store.ts';
import { inChunks, writeMembers } from '../../support/images.ts';

/** The members of an archive, by their names. */
export type Members = Map<string, Buffer>;

/** Those of the test that runs. */
export let directory: string;
export let store: ContentStore;

/** Gives each test of a file a directory and an empty store of its own. */
export function withStores(): void {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sc-archive-'));
    store = new ContentStore(join(directory, 'images'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });
}

export async function loading(
  load: (intake: Intake) => Promise<Loaded | Loaded[]>,
  into = store,
): Promise<Loaded[]> {
  const { loaded } = await into.write(async (intake) => {
    const loaded = [await load(intake)].flat();
    return { loaded, entries: entriesOf(loaded) };
  });
  return loaded;
}

export function fromTar(
  bytes: Buffer,
  options?: LoadOptions & { limits?: Partial<ArchiveLimits> },
  into = store,
): Promise<Loaded[]> {
  return loading((intake) => loadTar(intake, inChunks(bytes), options), into);
}

export function fromDirectory(members: Members, options?: LoadOptions): Promise<Loaded[]> {
  const source = mkdtempSync(join(directory, 'source-'));
  writeMembers(source, members);
  return loading((intake) => loadDirectory(intake, source, options));
}

/** Digests of the blobs that the store has. */
export function blobs(): string[] {
  const names = readdirSync(join(store.directory, 'blobs/sha256'));
  return names.map((name) => `sha256:${name}`).sort();
}

export async function expectNothingKept(): Promise<void> {
  expect(store.entries()).toEqual([]);
  expect(blobs()).toEqual([]);
  expect(readdirSync(join(store.directory, '.incoming'))).toEqual([]);
}

export async function expectRefusal(work: Promise<unknown>, code: string, message: string): Promise<void> {
  await expect(work).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  await expectNothingKept();
}
