import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HostRange } from '../linux/host-ids.ts';
import { makeLink, readLink, removeLink, unless } from '../linux/link.ts';
import type { ContainerState } from '../schema/container-state.ts';

/** As many users and groups a container has that is given them by sc, from a multiple of as many on. */
const BLOCK = 65536;

const OTHERS = 'others';

/** Numbers of users and groups of the host that containers have. */
export interface TakenRanges {
  /** Whether a container has the block that begins with this number. */
  isTaken(block: number): boolean;
  /** What containers have beside whole blocks. */
  others: readonly HostRange[];
}

/** The same of containers that are known. */
export function takenRanges(containers: readonly ContainerState[]): TakenRanges {
  return { isTaken: () => false, others: containers.flatMap(rangesOf) };
}

/**
 * Which container has which numbers, in links:
 *
 *     <first>        with the ID of the container that has the block from this number on, and no other numbers
 *     others/<id>    a container with other numbers, or with a block that another has too: its record knows
 *
 * A link is there before the container is, and until after. One whose container does not exist is what a killed
 * sc left, and as good as none.
 */
export class Ranges {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  begin(state: ContainerState, has: (id: string) => boolean): void {
    const ranges = rangesOf(state);
    if (ranges.length === 0) return;
    const block = blockOf(ranges);
    if (block === undefined || !this.#take(block, state.id, has))
      makeLink(this.#other(state.id), packed(state.id));
  }

  end(state: ContainerState): void {
    const ranges = rangesOf(state);
    if (ranges.length === 0) return;
    const block = blockOf(ranges);
    const isHolder = block !== undefined && readHolder(this.#block(block)) === state.id;
    removeLink(isHolder ? this.#block(block) : this.#other(state.id));
  }

  /** `find` answers undefined for a container that does not exist, or whose record cannot be read. */
  taken(has: (id: string) => boolean, find: (id: string) => ContainerState | undefined): TakenRanges {
    const states = list(join(this.#directory, OTHERS))
      .map(find)
      .filter((state) => state !== undefined);
    return {
      isTaken: (block) => {
        const holder = readHolder(this.#block(block));
        return holder !== undefined && has(holder);
      },
      others: states.flatMap(rangesOf),
    };
  }

  /** Takes away what is as good as none. */
  clear(has: (id: string) => boolean): void {
    const blocks = list(this.#directory).map((name) => join(this.#directory, name));
    const others = list(join(this.#directory, OTHERS)).map((id) => this.#other(id));
    for (const link of [...blocks, ...others]) {
      const id = readHolder(link);
      if (id !== undefined && !has(id)) removeLink(link);
    }
  }

  /** Answers whether the block is this container's. */
  #take(block: number, id: string, has: (id: string) => boolean): boolean {
    const link = this.#block(block);
    if (makeLink(link, packed(id))) return true;
    const holder = readHolder(link);
    if (holder === id) return true;
    if (holder !== undefined && has(holder)) return false;
    removeLink(link);
    return makeLink(link, packed(id));
  }

  #block(first: number): string {
    return join(this.#directory, String(first));
  }

  #other(id: string): string {
    return join(this.#directory, OTHERS, id);
  }
}

function rangesOf({ spec }: ContainerState): HostRange[] {
  const { uids = [], gids = [] } = spec.security.userNamespace ?? {};
  return [...uids, ...gids].map(({ host, size }) => ({ first: host, count: size }));
}

/** Where all of them are one and the same block. */
function blockOf([range, ...others]: readonly HostRange[]): number | undefined {
  if (range === undefined || range.count !== BLOCK || range.first % BLOCK !== 0) return undefined;
  const isSame = ({ first, count }: HostRange) => first === range.first && count === range.count;
  return others.every(isSame) ? range.first : undefined;
}

function list(directory: string): string[] {
  return unless(['ENOENT'], () => readdirSync(directory)) ?? [];
}

/** An ID in less than 60 bytes, so that a link with it takes no block of ext4. */
function packed(id: string): string {
  return Buffer.from(id, 'hex').toString('base64url');
}

function readHolder(link: string): string | undefined {
  const text = readLink(link);
  return text === undefined ? undefined : Buffer.from(text, 'base64url').toString('hex');
}
