import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { type Durability, syncDirectory } from '../linux/atomic-file.ts';
import { makeLink, readLink, removeLink } from '../linux/link.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { isId, shortId } from './id.ts';
import { Names } from './names.ts';
import { makeOperationLock } from './operation-lock.ts';
import { Overview } from './overview.ts';
import { readRecord, writeRecord } from './record.ts';

const UNFINISHED = '.unfinished';
const REMOVED = '.removed';
const RENAMING = '.renaming';

/**
 * Which containers there are:
 *
 *     containers/<id>/         one of them, with its record
 *     containers/.unfinished/  one on its way in
 *     containers/.removed/     those on their way out
 *     containers/.renaming     a link with the ID of one that gets another name
 *     names/<name>             a link with the ID of one
 *     overview/                who is who among them
 *
 * A container comes and goes by one rename, so that it is there as a whole or not at all. What changes the
 * catalogue is for the holder of the lock of `containers`, and first clears away what a killed one left.
 */
export class Catalogue {
  readonly containers: string;
  readonly names: Names;
  readonly overview: Overview;

  constructor(root: string) {
    this.containers = join(root, 'containers');
    this.names = new Names(join(root, 'names'));
    this.overview = new Overview(root);
  }

  directory(id: string): string {
    return join(this.containers, id);
  }

  has(id: string): boolean {
    return isId(id) && existsSync(this.directory(id));
  }

  ids(): string[] {
    return existsSync(this.containers) ? readdirSync(this.containers).filter(isId) : [];
  }

  /** ID of the container that has the name. */
  holder(name: string): string | undefined {
    const id = this.names.holder(name);
    return id !== undefined && this.has(id) ? id : undefined;
  }

  /**
   * Throws SC_EXISTS, naming the holder, for a name or ID that is taken. Whatever it throws, nothing is left.
   * `sync` is still to follow where it is to be durable.
   */
  add(state: ContainerState, durability: Durability): void {
    this.clear();
    this.#refuseTaken(state, `create container "${state.name}"`);
    if (this.has(state.id))
      throw new ScError('SC_EXISTS', `create container "${state.name}": the ID "${state.id}" is taken`);
    const unfinished = join(this.containers, UNFINISHED);
    try {
      this.overview.begin(state, (id) => this.has(id));
      mkdirSync(unfinished, { mode: 0o700 });
      // Others rarely see an operation, and the first makes it.
      if (state.detached) makeOperationLock(unfinished);
      writeRecord(unfinished, state, durability);
      this.names.give(state.name, state.id);
      renameSync(unfinished, this.directory(state.id));
    } catch (error) {
      this.names.free(state.name);
      this.overview.end(state);
      rmSync(this.directory(state.id), { recursive: true, force: true });
      this.clear();
      throw error;
    }
  }

  /**
   * Gives a container another name, and answers its new record; for the holder of the record's lock too, and
   * `sync` is still to follow. Until all is done either name leads to it.
   */
  rename(state: ContainerState, name: string, durability: Durability): ContainerState {
    const { id, spec } = state;
    this.clear();
    this.#refuseTaken({ id, name }, `rename container "${state.name}" to "${name}"`);
    const renamed = { ...state, name, spec: { ...spec, name } };
    makeLink(join(this.containers, RENAMING), id);
    try {
      this.names.give(name, id);
      writeRecord(this.directory(id), renamed, durability);
      this.names.free(state.name);
      removeLink(join(this.containers, RENAMING));
    } catch (error) {
      this.#settleRenaming();
      throw error;
    }
    return renamed;
  }

  /** Takes a container out, by way of `discard`; `sync` is still to follow. Throws SC_STATE_NEWER for the record of a newer sc. */
  async withdraw(id: string, discard: (store: string, path: string) => Promise<void>): Promise<void> {
    this.clear();
    const state = this.#removable(id);
    await discard(this.containers, this.directory(id));
    if (state === undefined) return this.clear();
    if (this.names.holder(state.name) === id) this.names.free(state.name);
    this.overview.end(state);
  }

  /** Where none was made in this boot yet. */
  completeOverview(): void {
    if (this.overview.isWhole()) return;
    const states = this.ids().map((id) => this.readable(id));
    const known = states.filter((state) => state !== undefined);
    // A loss of power may have come between a new name and the record of it.
    for (const { id, name } of known) if (this.holder(name) !== id) this.#settleName(id, name);
    this.overview.complete(known, (id) => this.has(id));
  }

  /** The record of a container; undefined where there is none that can be used. */
  readable(id: string): ContainerState | undefined {
    try {
      return readRecord(this.directory(id), id);
    } catch (error) {
      if (error instanceof ScError) return undefined;
      throw error;
    }
  }

  /** Waits until what was added and withdrawn is on the disk; not for holders of the lock, others wait for it. */
  sync(): void {
    this.names.sync();
    syncDirectory(this.containers);
  }

  #refuseTaken({ id, name }: Pick<ContainerState, 'id' | 'name'>, action: string): void {
    const holder = this.holder(name);
    if (holder === undefined) return;
    const who = holder === id ? 'it has this name' : `the name is taken by container "${shortId(holder)}"`;
    throw new ScError('SC_EXISTS', `${action}: ${who}`, {
      hint: `choose another name${holder === id ? '' : `, or free this one with \`sc delete ${name}\``}`,
    });
  }

  /** Of one whose renaming was cut short, what its record calls it leads to it, and nothing else. */
  #settleRenaming(): void {
    const renaming = join(this.containers, RENAMING);
    const id = readLink(renaming);
    if (id === undefined) return;
    const state = this.readable(id);
    if (state !== undefined) this.#settleName(id, state.name);
    removeLink(renaming);
  }

  #settleName(id: string, name: string): void {
    if (this.holder(name) === undefined) this.names.give(name, id);
    for (const other of this.names.all())
      if (other !== name && this.names.holder(other) === id) this.names.free(other);
  }

  /** With no readable record the container has no name here, but its link shows as one without a container. */
  #removable(id: string): ContainerState | undefined {
    try {
      return readRecord(this.directory(id), id);
    } catch (error) {
      if (error instanceof ScError && error.code === 'SC_STATE_CORRUPT') return undefined;
      throw error;
    }
  }

  /** Clears away what a killed one left: a look at every name, only where that is so. */
  clear(): void {
    const unfinished = join(this.containers, UNFINISHED);
    const removed = join(this.containers, REMOVED);
    this.#settleRenaming();
    const isClear = !existsSync(unfinished) && (!existsSync(removed) || readdirSync(removed).length === 0);
    if (isClear) return;
    rmSync(unfinished, { recursive: true, force: true });
    for (const name of this.names.all()) if (this.holder(name) === undefined) this.names.free(name);
    this.overview.ranges.clear((id) => this.has(id));
  }
}
