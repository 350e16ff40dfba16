import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import { during } from '../errors/reason.ts';
import { syncDirectory } from '../linux/atomic-file.ts';
import { copyTree } from '../linux/copy-tree.ts';
import { holding, openRoot } from '../linux/directory.ts';
import { exchangePaths } from '../linux/exchange.ts';
import { withLock } from '../linux/flock.ts';
import { unless } from '../linux/link.ts';
import { discard, emptyRemoved } from '../linux/removed.ts';
import type { VolumeRecord } from '../schema/volume-record.ts';
import { makeIn, makeNameless } from './making.ts';
import { isVolumeName } from './name.ts';
import { DATA, dataOf, directoryOf, storeOf } from './place.ts';
import { writeRecord } from './record.ts';
import type { Volumes } from './volumes.ts';

const SNAPSHOTS = 'snapshots';

export interface Snapshot {
  name: string;
  /** RFC 3339 in UTC. */
  createdAt: string;
}

/** What a volume was, without a name: nobody else sees it, and it goes with the process that holds it at the latest. */
export interface Held {
  /**
   * Has the volume be what it was, in one step that takes no room, with what is known of it. `check` throws where
   * somebody uses it, who would go on with what it is now. Only once. Throws SC_NOT_FOUND and SC_STORAGE_FAILED.
   */
  restore(check: () => Promise<void>): Promise<void>;
  /** Makes a snapshot of it. Throws SC_EXISTS, SC_NOT_FOUND and SC_STORAGE_FAILED. */
  keep(name: string): Promise<void>;
  /** Removes it. */
  letGo(): Promise<void>;
}

/**
 * What a volume was, by names: `snapshots/<name>/data` in its directory, whose content is shared on the disk with the
 * volume where the filesystem can. Each comes and goes as a whole. Nobody is to write to the volume meanwhile.
 */
export class Snapshots {
  readonly #root: string;
  readonly #volumes: Volumes;
  readonly #volume: string;

  constructor(root: string, volumes: Volumes, volume: string) {
    this.#root = root;
    this.#volumes = volumes;
    this.#volume = volume;
  }

  /** Oldest first. */
  list(): Snapshot[] {
    const names = unless(['ENOENT'], () => readdirSync(this.#all())) ?? [];
    const snapshots = names.map((name) => {
      const { mtime } = statSync(this.#directory(name));
      return { name, createdAt: mtime.toISOString() };
    });
    return snapshots.sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
  }

  /** Throws SC_EXISTS, SC_USAGE for what is no name, and SC_STORAGE_FAILED; nothing is left then. */
  async take(name: string): Promise<void> {
    const words = `take snapshot "${name}" of volume "${this.#volume}"`;
    checkSnapshotName(name, words);
    await during('SC_STORAGE_FAILED', words, () =>
      this.#volumes.exclusively(this.#volume, () =>
        makeIn(this.#place(), {
          begin: () => this.#refuseTaken(name, words),
          make: async (place) => copyData(dataOf(this.#root, this.#volume), place),
          finish: (place) => this.#admit(place, name),
        }),
      ),
    );
  }

  /** Holds what the volume holds now. Throws SC_NOT_FOUND and SC_STORAGE_FAILED; nothing is left then. */
  async hold(): Promise<Held> {
    const words = `keep what volume "${this.#volume}" holds`;
    return during('SC_STORAGE_FAILED', words, () =>
      this.#volumes.exclusively(this.#volume, async () => {
        const record = this.#volumes.find(this.#volume);
        const { place, letGo } = await makeNameless(this.#place(), {
          make: async (place) => copyData(dataOf(this.#root, this.#volume), place),
        });
        return {
          restore: (check) => this.#putBack(place, record, check),
          keep: (name) => this.#keep(place, name),
          letGo,
        };
      }),
    );
  }

  /**
   * Has the volume hold what the snapshot holds, in one step, and nothing of what it held. The snapshot stays. `check`
   * throws where somebody uses the volume, who would go on with what it was. Throws SC_NOT_FOUND and SC_STORAGE_FAILED.
   */
  async restore(name: string, check: () => Promise<void>): Promise<void> {
    const words = `restore volume "${this.#volume}" from snapshot "${name}"`;
    await during('SC_STORAGE_FAILED', words, () =>
      this.#volumes.exclusively(this.#volume, async () => {
        await check();
        this.#refuseMissing(name, words);
        await makeIn(this.#place(), {
          make: async (place) => copyData(join(this.#directory(name), DATA), place),
          finish: (place) => {
            exchangePaths(join(place, DATA), dataOf(this.#root, this.#volume));
            syncDirectory(directoryOf(this.#root, this.#volume));
          },
        });
      }),
    );
  }

  /** Throws SC_NOT_FOUND and SC_STORAGE_FAILED. */
  async remove(name: string): Promise<void> {
    const words = `remove snapshot "${name}" of volume "${this.#volume}"`;
    const { store } = this.#place();
    await during('SC_STORAGE_FAILED', words, () =>
      this.#volumes.exclusively(this.#volume, async () => {
        this.#refuseMissing(name, words);
        await discard(store, this.#directory(name));
        syncDirectory(this.#all());
      }),
    );
    await emptyRemoved(store, name);
  }

  async #putBack(place: string, record: VolumeRecord, check: () => Promise<void>): Promise<void> {
    await during('SC_STORAGE_FAILED', `restore volume "${this.#volume}"`, () =>
      this.#volumes.exclusively(this.#volume, async () => {
        await check();
        const directory = directoryOf(this.#root, this.#volume);
        // First: one that is empty again is to begin with what an image has, which one that is not never does.
        if (!record.isUsed) writeRecord(directory, record);
        exchangePaths(join(place, DATA), dataOf(this.#root, this.#volume));
        syncDirectory(directory);
      }),
    );
  }

  async #keep(place: string, name: string): Promise<void> {
    const words = `keep snapshot "${name}" of volume "${this.#volume}"`;
    checkSnapshotName(name, words);
    const { store } = this.#place();
    await during('SC_STORAGE_FAILED', words, () =>
      this.#volumes.exclusively(this.#volume, () =>
        withLock(store, () => {
          this.#refuseTaken(name, words);
          this.#admit(place, name);
          syncDirectory(store);
        }),
      ),
    );
  }

  #admit(place: string, name: string): void {
    mkdirSync(this.#all(), { recursive: true, mode: 0o700 });
    renameSync(place, this.#directory(name));
    for (const directory of [this.#all(), directoryOf(this.#root, this.#volume)]) syncDirectory(directory);
  }

  #refuseTaken(name: string, words: string): void {
    if (!existsSync(this.#directory(name))) return;
    throw new ScError('SC_EXISTS', `${words}: there is one`, { hint: 'choose another name' });
  }

  #refuseMissing(name: string, words: string): void {
    if (isVolumeName(name) && existsSync(this.#directory(name))) return;
    const near = didYouMean(
      name,
      this.list().map((snapshot) => snapshot.name),
    );
    throw new ScError('SC_NOT_FOUND', `${words}: there is none${near}`, {
      hint: `\`sc volume inspect ${this.#volume}\` lists the snapshots`,
    });
  }

  #place(): { root: string; store: string } {
    return { root: this.#root, store: storeOf(this.#root) };
  }

  #all(): string {
    return join(directoryOf(this.#root, this.#volume), SNAPSHOTS);
  }

  #directory(name: string): string {
    return join(this.#all(), name);
  }
}

/** All that can be said of the files is copied, and none of their content where the filesystem can share it. */
function copyData(from: string, place: string): void {
  const data = join(place, DATA);
  mkdirSync(data);
  holding(openRoot(from), (source) =>
    holding(openRoot(data), (target) => copyTree(source, target, { path: from, isCopied: () => true })),
  );
}

function checkSnapshotName(name: string, words: string): void {
  if (isVolumeName(name)) return;
  throw new ScError('SC_USAGE', `${words}: it is no name`, {
    hint: 'two to 128 letters, digits, "_", "." and "-", a letter or digit first',
  });
}
