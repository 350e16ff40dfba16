import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { AnyBackend, LivePowers } from '../backend/backend.ts';
import { openLivePowers } from '../backend/registry.ts';
import { ScError } from '../errors/error.ts';
import type { ContentStore } from '../image/content/store.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { observe } from '../state/observe.ts';
import { openStore, type Store } from '../state/store.ts';
import type { Layered } from '../storage/driver.ts';
import type { OpenStorage } from '../storage/registry.ts';
import type { Volumes } from '../volume/volumes.ts';
import { backendNamed, seekBackend, storageNamed } from './named.ts';
import type { Settings } from './settings.ts';

/** Where operations work: the store, and by name the drivers and backends, each opened when it is needed. */
export class Workplace {
  readonly settings: Settings;
  readonly store: Store;

  constructor(settings: Settings, store: Store) {
    this.settings = settings;
    this.store = store;
  }

  /**
   * Whether what the dead have left can be cleaned up here. Whoever may only look, as at a read-only mount
   * from inside of a container, may also see other processes than those that the records name.
   */
  isWritable(): boolean {
    try {
      accessSync(this.settings.root, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  /** Throws SC_USAGE for an unknown name. */
  async backend(name = this.settings.backend): Promise<AnyBackend> {
    return backendNamed(name, this.settings.root);
  }

  /** What a backend can do with containers that run. Throws SC_USAGE for an unknown name. */
  async live(name: string): Promise<LivePowers> {
    await seekBackend(name, this.settings.root);
    return openLivePowers(name, this.settings.root);
  }

  /** Throws SC_USAGE for an unknown name. */
  async storage(name = this.settings.storageDriver): Promise<OpenStorage> {
    return storageNamed(name, this.settings.root);
  }

  /** The same of one that keeps layers of images. Throws SC_UNSUPPORTED for another. */
  async layered(): Promise<OpenStorage & Layered> {
    const storage = await this.storage();
    if (isLayered(storage)) return storage;
    throw new ScError('SC_UNSUPPORTED', `keep an image: storage driver "${storage.name}" has no layers`);
  }

  /** The images of this state root. Loaded only by who needs one. */
  async images(): Promise<ContentStore> {
    const { ContentStore } = await import('../image/content/store.ts');
    return new ContentStore(join(this.settings.root, 'images'));
  }

  /** The volumes of this state root. Loaded only by who needs one. */
  async volumes(): Promise<Volumes> {
    const { Volumes } = await import('../volume/volumes.ts');
    return new Volumes(this.settings.root);
  }

  /**
   * A container as it is now, whatever its record says. Only one that nobody tends takes its backend, and one
   * that runs its power to pause.
   */
  async observe(state: ContainerState): Promise<ContainerState> {
    const directory = this.store.directory(state.id);
    let isAsked = false;
    const seen = observe(state, directory, () => {
      isAsked = true;
      return undefined;
    });
    if (!isAsked) return this.#observePause(seen);
    const backend = await this.backend(state.backend);
    return observe(state, directory, (recorded) => backend.readExit(recorded));
  }

  /** Who paused it, or let it go on, may have been killed before it was recorded. */
  async #observePause(state: ContainerState): Promise<ContainerState> {
    const { id, status, init, backend } = state;
    if (init === undefined || (status !== 'running' && status !== 'paused')) return state;
    const { isPaused } = await this.live(backend);
    if (isPaused === undefined) return state;
    return { ...state, status: isPaused({ id, pid: init.pid }) ? 'paused' : 'running' };
  }
}

function isLayered(storage: OpenStorage): storage is OpenStorage & Layered {
  return storage.addLayer !== undefined && storage.hasLayer !== undefined;
}

export async function openWorkplace(settings: Settings): Promise<Workplace> {
  return new Workplace(settings, await openStore(settings.root));
}
