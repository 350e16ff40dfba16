import { type FSWatcher, watch } from 'node:fs';

/**
 * Wakes who waits when something has changed at one of these paths (inotify(7)). Where the kernel has no room
 * for another watch, and for what it does not tell, waiting ends after a time as well.
 */
export class FileChanges {
  readonly #watchers = new Map<string, { key: string; watcher: FSWatcher }>();
  readonly #heard = new Set<string>();
  #wake = () => {};

  /** A path that is another file by now, which `key` tells, is watched anew. */
  watch(path: string, key = ''): void {
    const known = this.#watchers.get(path);
    if (known?.key === key) return;
    known?.watcher.close();
    this.#watchers.delete(path);
    try {
      const watcher = watch(path, () => this.#hear(path));
      watcher.on('error', () => this.#hear(path));
      this.#watchers.set(path, { key, watcher });
      // What happened before it was watched was not heard.
      this.#heard.add(path);
    } catch {
      // Not there yet, or any more, or no room: then one looks now and then.
    }
  }

  /** To be called before one looks, so that what changes meanwhile is not missed. */
  forget(): void {
    this.#heard.clear();
  }

  /** Where something has changed since `forget`. */
  get heard(): ReadonlySet<string> {
    return this.#heard;
  }

  /** Resolves with the first change since `forget`, when the time is over, or when it is aborted. */
  async wait(milliseconds: number, abort?: AbortSignal): Promise<void> {
    if (this.#heard.size > 0 || abort?.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      abort?.addEventListener('abort', this.#wake);
    });
    abort?.removeEventListener('abort', this.#wake);
    this.#wake = () => {};
  }

  close(): void {
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #hear(path: string): void {
    this.#heard.add(path);
    this.#wake();
  }
}
