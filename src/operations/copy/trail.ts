import { closeSync, openSync } from 'node:fs';
import { O_CLOEXEC, O_DIRECTORY } from '../../linux/constants.ts';
import { checkDepth } from '../../linux/directory.ts';
import { childPath, isDirectory, openIn, type Root } from './root.ts';
import { notDirectory } from './words.ts';

/** Descriptors that are held of one trail, however deep it is. */
const MOST_OPEN = 64;

interface Step {
  name: Buffer;
  /** Absolute, of names whose code units are bytes. */
  path: string;
  descriptor: number | undefined;
}

/**
 * The way from a root to a directory in it, one name after the other and none of them a link. Each directory is opened
 * in the one before, so that nothing that is renamed or linked meanwhile leads out of the root; the way back is by
 * what was opened, never by `..`.
 */
export class Trail {
  readonly root: Root;
  readonly #steps: Step[] = [];

  constructor(root: Root) {
    this.root = root;
  }

  get depth(): number {
    return this.#steps.length;
  }

  get path(): string {
    return this.#steps.at(-1)?.path ?? '/';
  }

  get names(): Buffer[] {
    return this.#steps.map(({ name }) => name);
  }

  /** O_PATH; valid until the trail moves. */
  get descriptor(): number {
    return this.#descriptorAt(this.#steps.length - 1);
  }

  /** Opens (O_PATH) a name of the directory; of a link itself. Throws the kernel's error. */
  open(name: Buffer): number {
    return openIn(this.root, this.descriptor, this.path, name);
  }

  /** Goes on to a directory. Throws ENOENT, or ENOTDIR for a link too. */
  enter(name: Buffer): void {
    const descriptor = this.open(name);
    if (isDirectory(descriptor)) {
      this.enterOpened(name, descriptor);
      return;
    }
    closeSync(descriptor);
    throw notDirectory(this.root, childPath(this.path, name));
  }

  /** The same with a directory that was opened by this name, which is the trail's from now on. */
  enterOpened(name: Buffer, descriptor: number): void {
    this.#steps.push({ name, path: childPath(this.path, name), descriptor });
    checkDepth(this.#steps.length, `${this.root.label}${this.#steps[0]?.path}`);
    const far = this.#steps.at(-1 - MOST_OPEN);
    if (far !== undefined) close(far);
  }

  /** Goes back to the directory before; no effect at the root, whose parent it is itself. */
  leave(): void {
    const step = this.#steps.pop();
    if (step !== undefined) close(step);
  }

  /** Goes back so far. */
  leaveTo(depth: number): void {
    while (this.#steps.length > depth) this.leave();
  }

  close(): void {
    this.leaveTo(0);
  }

  /** One that was closed is opened again, in the one before it. */
  #descriptorAt(index: number): number {
    let from = index;
    while (from >= 0 && this.#steps[from]?.descriptor === undefined) from--;
    let descriptor = from < 0 ? this.root.descriptor : (this.#steps[from]?.descriptor ?? -1);
    for (let at = from + 1; at <= index; at++) {
      const step = this.#steps[at];
      if (step === undefined) break;
      const before = this.#steps[at - 1];
      const next = openIn(this.root, descriptor, before?.path ?? '/', step.name);
      // Those on the way back are needed soon; all together would be too many again.
      if (at - 1 > from && at - 1 <= index - MOST_OPEN && before !== undefined) close(before);
      step.descriptor = next;
      descriptor = next;
      if (!isDirectory(next)) throw notDirectory(this.root, step.path);
    }
    return descriptor;
  }
}

function close(step: Step): void {
  if (step.descriptor !== undefined) closeSync(step.descriptor);
  step.descriptor = undefined;
}

/** A descriptor of a directory that can be read and synced. */
export function openToRead(trail: Trail): number {
  return openSync(`/proc/self/fd/${trail.descriptor}`, O_DIRECTORY | O_CLOEXEC);
}
