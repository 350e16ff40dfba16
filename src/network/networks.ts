import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { reason } from '../errors/reason.ts';
import { replaceFile } from '../linux/atomic-file.ts';
import { isErrno } from '../linux/descriptor.ts';
import { withLock } from '../linux/flock.ts';
import { makeLink, readLink, removeIfEmpty, removeLink, unless } from '../linux/link.ts';
import { makeDirectory } from '../linux/make-directory.ts';
import { removeTree } from '../linux/remove-tree.ts';
import type { NetworkState } from '../schema/network-state.ts';
import { validateNetworkState } from '../schema/validate-network-state.ts';
import { Claims } from './claims.ts';

const RECORD = 'network.json';

/** What a network has in the kernel: its bridge, and by its hardware address what is ours of its name. */
export type Made = Pick<NetworkState, 'name' | 'bridge' | 'address'>;

export interface NetworkList {
  /** By their names. */
  networks: NetworkState[];
  /** Those whose record cannot be used: SC_STATE_CORRUPT or SC_STATE_NEWER. */
  broken: { name: string; error: ScError }[];
}

/**
 * What is known of networks, below the directory of sc's state:
 *
 *     <name>/network.json    what it is
 *     <name>/addresses/      who has which of its addresses (claims.ts)
 *     .up/<name>             its bridge may be there, and which one: made before the bridge, removed after it
 *     .forwarding/           what was changed of the machine's own interfaces (forwarding.ts)
 *     .chains/<rules>        these are chains of iptables, where there was no nft (rules.ts)
 *
 * No name of a network begins with a dot.
 */
export class Networks {
  readonly #directory: string;

  constructor(root: string) {
    this.#directory = join(root, 'networks');
  }

  /** Runs what nobody else may do at the same time: giving addresses, and making and taking down bridges. */
  async exclusively<Result>(action: () => Result | Promise<Result>): Promise<Result> {
    makeDirectory(this.#directory);
    return withLock(this.#directory, action);
  }

  /** Whether there has ever been one: without, no rule is anybody's. */
  haveBegun(): boolean {
    return existsSync(this.#directory);
  }

  /** Undefined where there is none. Throws SC_STATE_NEWER and SC_STATE_CORRUPT. */
  find(name: string): NetworkState | undefined {
    const path = join(this.#directory, name, RECORD);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw corrupt(path, reason(error));
    }
    const state: unknown = parse(text, path);
    refuseNewer(state, path);
    if (!isState(state)) throw corrupt(path, 'it is no record of a network');
    return state;
  }

  /** Whether there is one of this name, whatever its record says. */
  has(name: string): boolean {
    return /^[a-zA-Z0-9][^/]*$/.test(name) && existsSync(join(this.#directory, name, RECORD));
  }

  /** For who removes it: undefined where the record is broken, and SC_STATE_NEWER for what a newer sc may know. */
  findRemovable(name: string): NetworkState | undefined {
    try {
      return this.find(name);
    } catch (error) {
      if (error instanceof ScError && error.code === 'SC_STATE_CORRUPT') return undefined;
      throw error;
    }
  }

  names(): string[] {
    const all = unless(['ENOENT'], () => readdirSync(this.#directory)) ?? [];
    return all.filter((name) => !name.startsWith('.')).toSorted();
  }

  /** A look at every record. */
  list(): NetworkList {
    const list: NetworkList = { networks: [], broken: [] };
    for (const name of this.names()) {
      try {
        const network = this.find(name);
        if (network !== undefined) list.networks.push(network);
      } catch (error) {
        if (!(error instanceof ScError)) throw error;
        list.broken.push({ name, error });
      }
    }
    return list;
  }

  save(state: NetworkState): void {
    const directory = join(this.#directory, state.name);
    makeDirectory(directory);
    try {
      replaceFile(join(directory, RECORD), `${JSON.stringify(state)}\n`, { durable: true });
    } catch (error) {
      removeIfEmpty(directory);
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    await removeTree(join(this.#directory, name));
  }

  claims(name: string): Claims {
    return new Claims(join(this.#directory, name, 'addresses'));
  }

  noteUp({ name, bridge, address }: Made): void {
    const link = join(this.#directory, '.up', name);
    const text = `${bridge} ${address}`;
    if (makeLink(link, text) || readLink(link) === text) return;
    removeLink(link);
    makeLink(link, text);
  }

  noteDown(name: string): void {
    removeLink(join(this.#directory, '.up', name));
  }

  /** Networks whose bridge may be there. */
  up(): string[] {
    return unless(['ENOENT'], () => readdirSync(join(this.#directory, '.up'))) ?? [];
  }

  /** What may be there of a network, whatever its record says; undefined where nothing is. */
  made(name: string): Made | undefined {
    const [bridge, address] = readLink(join(this.#directory, '.up', name))?.split(' ') ?? [];
    if (bridge === undefined) return undefined;
    // An earlier sc has not noted which.
    return address === undefined ? this.findRemovable(name) : { name, bridge, address };
  }

  /** Where it is noted what was changed of the machine's own interfaces. */
  get forwarding(): string {
    return join(this.#directory, '.forwarding');
  }

  /** Where it is noted which rules are chains of iptables. */
  get chains(): string {
    return join(this.#directory, '.chains');
  }
}

function isState(value: unknown): value is NetworkState {
  return validateNetworkState(value);
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw corrupt(path, reason(error));
  }
}

function refuseNewer(state: unknown, path: string): void {
  const version =
    typeof state === 'object' && state !== null && 'version' in state ? state.version : undefined;
  if (typeof version !== 'number' || version <= 1) return;
  throw new ScError('SC_STATE_NEWER', `read "${path}": it has version ${version}, and this sc knows 1`, {
    hint: 'use the newer sc that wrote it',
  });
}

function corrupt(path: string, why: string): ScError {
  return new ScError('SC_STATE_CORRUPT', `read "${path}": ${why}`, {
    hint: 'sc network remove removes it when no container of that network is left',
  });
}
