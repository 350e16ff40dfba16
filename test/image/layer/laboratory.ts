import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { LayerLimits } from '../../../src/image/layer/limits.ts';
import { layerLimits } from '../../../src/image/layer/limits.ts';
import type { LayerForm } from '../../../src/image/layer/place.ts';
import { type UnpackedLayer, unpackLayer } from '../../../src/image/layer/unpack.ts';

export const forms = ['overlay', 'merged'] as const;

let base = '';

/** A directory of a test's own, which is removed behind it. */
export function useDirectory(): () => string {
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'sc-layer-'));
  });
  afterEach(() => rmSync(base, { recursive: true }));
  return () => base;
}

/** A tar in chunks that cut blocks and names. */
export async function* inChunks(tar: Buffer, size = 4000): AsyncGenerator<Buffer> {
  for (let at = 0; at < tar.length; at += size) yield tar.subarray(at, at + size);
}

/** Layers over one another, as a driver of that form would keep them. */
export class Stack {
  readonly form: LayerForm;
  /** Topmost first. */
  readonly directories: string[] = [];
  readonly #place = mkdtempSync(join(base, 'stack-'));
  readonly #limits: LayerLimits;

  constructor(form: LayerForm, limits: Partial<LayerLimits> = {}) {
    this.form = form;
    this.#limits = { ...layerLimits, ...limits };
  }

  async add(tar: Buffer): Promise<UnpackedLayer> {
    const directory = join(this.#place, `layer${this.directories.length}`);
    const [below] = this.directories;
    if (this.form === 'merged' && below !== undefined) copy(below, directory);
    else mkdirSync(directory, { mode: 0o755 });
    const lower = this.form === 'overlay' ? [...this.directories] : [];
    this.directories.unshift(directory);
    return unpackLayer(inChunks(tar), { directory, form: this.form, lower }, this.#limits);
  }

  get top(): string {
    const [top] = this.directories;
    if (top === undefined || !existsSync(top)) throw new Error('no layer');
    return top;
  }

  /** Runs an action with a directory in which a container would see all of them. */
  shown<Result>(action: (directory: string) => Result): Result {
    if (this.form === 'merged') return action(this.top);
    const empty = join(this.#place, 'empty');
    const target = join(this.#place, 'shown');
    mkdirSync(empty, { recursive: true });
    mkdirSync(target, { recursive: true });
    mount('overlay', target, `lowerdir=${[...this.directories, empty].join(':')},redirect_dir=nofollow`);
    try {
      return action(target);
    } finally {
      unmount(target);
    }
  }
}

/** All but atimes. */
function copy(source: string, target: string): void {
  execFileSync('cp', ['-a', '--preserve=all', source, target]);
}

function mount(type: string, target: string, options: string): void {
  execFileSync('mount', ['-t', type, '-o', options, type, target]);
}

function unmount(target: string): void {
  execFileSync('umount', [target]);
}

/** The message of what is refused, with its code. */
export async function refusal(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return `${code}: ${message}`;
  }
  return expect.unreachable('nothing was refused');
}
