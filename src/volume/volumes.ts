import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import { during } from '../errors/reason.ts';
import { syncDirectory } from '../linux/atomic-file.ts';
import { type LockOptions, withLock } from '../linux/flock.ts';
import { unless } from '../linux/link.ts';
import { discard, emptyRemoved } from '../linux/removed.ts';
import type { VolumeRecord } from '../schema/volume-record.ts';
import type { VolumeSpec } from '../schema/volume-spec.ts';
import { makeIn, tidyStore } from './making.ts';
import { checkVolumeName, isAnonymousName } from './name.ts';
import { DATA, dataOf, directoryOf, storeOf } from './place.ts';
import { readRecord, writeRecord } from './record.ts';

export interface VolumeList {
  /** By their names. */
  volumes: VolumeRecord[];
  /** Those whose record cannot be used: SC_STATE_CORRUPT or SC_STATE_NEWER. */
  broken: { name: string; error: ScError }[];
}

/** Puts something into an empty directory, and answers where that is from; undefined where there was nothing. */
export type Fill = (data: string) => Promise<VolumeRecord['filledFrom']>;

/**
 * The volumes of a state root:
 *
 *     volumes/<name>/volume.json     what is known of it
 *     volumes/<name>/data/           what containers mount
 *     volumes/<name>/snapshots/      copies of that, each with a name
 *     volumes/.unfinished-<uuid>/    what is on its way in, locked by who makes it
 *     volumes/.removed/              what is on its way out
 *
 * Everything comes and goes by one rename under the lock of `volumes`. What a volume holds is changed by who holds the
 * lock of its own directory, and takes that of `volumes` only then.
 */
export class Volumes {
  readonly #root: string;
  readonly #store: string;

  constructor(root: string) {
    this.#root = root;
    this.#store = storeOf(root);
  }

  directory(name: string): string {
    return directoryOf(this.#root, name);
  }

  /** The directory that containers mount. */
  data(name: string): string {
    return dataOf(this.#root, name);
  }

  names(): string[] {
    const names = unless(['ENOENT'], () => readdirSync(this.#store)) ?? [];
    return names.filter((name) => !name.startsWith('.')).sort();
  }

  has(name: string): boolean {
    return /^[a-zA-Z0-9][^/]*$/.test(name) && existsSync(this.directory(name));
  }

  /** Throws SC_NOT_FOUND, SC_STATE_CORRUPT and SC_STATE_NEWER. */
  find(name: string): VolumeRecord {
    if (this.has(name)) return readRecord(this.directory(name), name);
    throw new ScError('SC_NOT_FOUND', `no volume "${name}"${didYouMean(name, this.names())}`, {
      hint: '`sc volume list` lists the volumes',
    });
  }

  /** A look at every record. */
  list(): VolumeList {
    const volumes: VolumeRecord[] = [];
    const broken: VolumeList['broken'] = [];
    for (const name of this.names()) {
      try {
        volumes.push(readRecord(this.directory(name), name));
      } catch (error) {
        if (!(error instanceof ScError)) throw error;
        // Else it was removed meanwhile.
        if (this.has(name)) broken.push({ name, error });
      }
    }
    return { volumes, broken };
  }

  /**
   * Makes a volume, as that of a container file where it is of one, which is on the disk when this resolves, and in it
   * what `fill` puts there. Throws SC_EXISTS for a
   * name that is taken, whoever came first, and SC_USAGE for what is no name; nothing is left then.
   */
  async create(
    spec: VolumeSpec,
    fill?: (data: string) => Promise<void>,
    file?: string,
  ): Promise<VolumeRecord> {
    const { name } = spec;
    if (!spec.anonymous || !isAnonymousName(name)) checkVolumeName(name);
    const createdAt = new Date().toISOString();
    const whose = file === undefined ? {} : { file };
    const record: VolumeRecord = { version: 1, createdAt, spec, isUsed: fill !== undefined, ...whose };
    await during('SC_STORAGE_FAILED', `make volume "${name}"`, () =>
      makeIn(
        { root: this.#root, store: this.#store },
        {
          begin: () => this.#refuseTaken(name),
          make: async (place) => {
            const data = makeData(place);
            await fill?.(data);
            setAsAsked(data, spec);
            writeRecord(place, record);
          },
          finish: (place) => {
            this.#refuseTaken(name);
            renameSync(place, this.directory(name));
          },
        },
      ),
    );
    return record;
  }

  /**
   * Removes a volume with all that is in it. `refuse` throws where that must not be, and is asked while no volume comes
   * or goes. Throws SC_NOT_FOUND, SC_STATE_NEWER and SC_STORAGE_FAILED.
   */
  async remove(name: string, refuse: () => Promise<void>): Promise<void> {
    this.#checkRemovable(name);
    await during('SC_STORAGE_FAILED', `remove volume "${name}"`, async () => {
      await withLock(this.#store, async () => {
        this.#checkRemovable(name);
        await refuse();
        await discard(this.#store, this.directory(name));
        syncDirectory(this.#store);
      });
      await emptyRemoved(this.#store, name);
    });
  }

  /**
   * Says of a volume that a container mounts it now. The first of all has `fill` put into it what it begins with: that
   * appears as a whole or, where it fails or is killed, not at all, and the next one is the first then. Without `fill`
   * it begins empty.
   */
  async settle(name: string, fill: Fill | undefined): Promise<void> {
    // Also where nothing is to be done: whoever changes all of it has done so then, or knows of the container.
    const isUsed = await this.exclusively(name, () => this.find(name).isUsed, { shared: true });
    if (isUsed) return;
    await this.exclusively(name, async () => {
      const record = this.find(name);
      if (record.isUsed) return;
      // Where something is in it, somebody who was killed then has come so far.
      const isEmpty = readdirSync(this.data(name)).length === 0;
      const filledFrom = fill && isEmpty ? await this.#fill(record.spec, fill) : undefined;
      writeRecord(this.directory(name), { ...record, isUsed: true, ...(filledFrom && { filledFrom }) });
    });
  }

  /** Runs an action on what a volume holds that no other may meet on its way. Throws SC_NOT_FOUND and SC_LOCKED. */
  async exclusively<Result>(
    name: string,
    action: () => Result | Promise<Result>,
    options: LockOptions = {},
  ): Promise<Result> {
    this.find(name);
    return withLock(this.directory(name), action, options);
  }

  /** Removes what those who died have left half made or half removed. Throws SC_LOCKED while somebody is at it. */
  tidy(): Promise<void> {
    return tidyStore(this.#store);
  }

  /** In the place of the empty directory. */
  async #fill(spec: VolumeSpec, fill: Fill): Promise<VolumeRecord['filledFrom']> {
    let filledFrom: VolumeRecord['filledFrom'];
    await makeIn(
      { root: this.#root, store: this.#store },
      {
        make: async (place) => {
          const data = makeData(place);
          filledFrom = await fill(data);
          setAsAsked(data, spec);
        },
        finish: (place) => {
          if (filledFrom === undefined) return;
          renameSync(join(place, DATA), this.data(spec.name));
          syncDirectory(this.directory(spec.name));
        },
      },
    );
    return filledFrom;
  }

  #refuseTaken(name: string): void {
    if (!this.has(name)) return;
    throw new ScError('SC_EXISTS', `make volume "${name}": there is one`, {
      hint: 'choose another name, or use the one that is there',
    });
  }

  /** One whose record is broken is; not what a newer sc may know how to keep. */
  #checkRemovable(name: string): void {
    try {
      this.find(name);
    } catch (error) {
      if (!(error instanceof ScError) || error.code !== 'SC_STATE_CORRUPT') throw error;
    }
  }
}

/** Root's, whatever the umask of the caller is. */
function makeData(place: string): string {
  const data = join(place, DATA);
  mkdirSync(data);
  chmodSync(data, 0o755);
  return data;
}

function setAsAsked(data: string, { owner, mode }: VolumeSpec): void {
  if (owner !== undefined) chownSync(data, owner.uid, owner.gid);
  if (mode !== undefined) chmodSync(data, mode);
}
