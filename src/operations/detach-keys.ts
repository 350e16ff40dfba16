import { ScError } from '../errors/error.ts';

/** What ctrl makes of each of these, from 0 on (ascii(7)). */
const withControl = '@abcdefghijklmnopqrstuvwxyz[\\]^_';

/**
 * The bytes of keys such as `ctrl-p,ctrl-q`: each a letter, a digit, or ctrl with one of `a-z@[\]^_`. None where
 * the text is empty. Throws SC_USAGE.
 */
export function parseDetachKeys(text: string): number[] {
  return text === '' ? [] : text.split(',').map((key) => byteOf(key, text));
}

function byteOf(key: string, text: string): number {
  if (/^[a-zA-Z0-9]$/.test(key)) return key.charCodeAt(0);
  const [, control = ''] = /^ctrl-(.)$/.exec(key) ?? [];
  const code = withControl.indexOf(control);
  if (control !== '' && code !== -1) return code;
  throw new ScError('SC_USAGE', `read the detach keys "${text}": "${key}" is no key`, {
    hint: 'letters, digits and ctrl-a to ctrl-z, joined by commas, such as ctrl-p,ctrl-q; "" is none',
  });
}

interface Typed {
  /** What goes on to the container. */
  passed: Uint8Array;
  /** Whether the keys are complete. What was typed behind them is for nobody. */
  isDetached: boolean;
}

/**
 * Looks for keys in what is typed. What may still become them is held back, and passed on as soon as it cannot.
 * Pure.
 */
export class DetachKeys {
  readonly #keys: readonly number[];
  /** How many of the keys have come, and how many of those were passed on all the same. */
  #come = 0;
  #passed = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  /** Whether something is held back. */
  get isWaiting(): boolean {
    return this.#come > this.#passed;
  }

  type(bytes: Uint8Array): Typed {
    if (this.#keys.length === 0) return { passed: bytes, isDetached: false };
    const passed: number[] = [];
    for (const byte of bytes) {
      if (this.#come === 0 && byte !== this.#keys[0]) passed.push(byte);
      else this.#take(byte, passed);
      if (this.#come < this.#keys.length) continue;
      this.#come = 0;
      this.#passed = 0;
      return { passed: Uint8Array.from(passed), isDetached: true };
    }
    return { passed: Uint8Array.from(passed), isDetached: false };
  }

  /** What is held back, for a program that waits for it; the keys can be completed nevertheless. */
  passOn(): Uint8Array {
    const held = this.#keys.slice(this.#passed, this.#come);
    this.#passed = this.#come;
    return Uint8Array.from(held);
  }

  /** What the end of it can still be the beginning of the keys: of `p,p,q` also the last two of three `p`. */
  #take(byte: number, passed: number[]): void {
    const typed = [...this.#keys.slice(0, this.#come), byte];
    let kept = typed.length;
    while (!this.#areBegun(typed.slice(typed.length - kept))) kept -= 1;
    const gone = typed.length - kept;
    passed.push(...typed.slice(this.#passed, gone));
    this.#come = kept;
    this.#passed = Math.max(0, this.#passed - gone);
  }

  #areBegun(bytes: readonly number[]): boolean {
    return bytes.every((byte, index) => byte === this.#keys[index]);
  }
}
