import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdapterDescription, AdapterError, AdapterReply } from '../schema/conformance-adapter.ts';
import { validateAdapterDescription, validateAdapterReply } from '../schema/validate-conformance-adapter.ts';
import { Interrupted } from './interrupted.ts';

/** Bytes of a reply; what is longer is no answer to anything. */
const LONGEST_REPLY = 16 * 2 ** 20;

/** Bytes that are kept of what an adapter says on its standard error. */
const LONGEST_COMPLAINT = 16 * 1024;

/** Milliseconds for the last of what an ended adapter has said. */
const LAST_WORDS = 500;

/** Milliseconds for an adapter to end by itself. */
const FAREWELL = 5000;

/** What an operation has come to. */
export type Outcome = { ok: true; value: { [name: string]: unknown } } | { ok: false; error: AdapterError };

interface Waiting {
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

/**
 * An adapter as a process of its own, which is not believed anything: whatever it does ends as an Interrupted of the
 * request that waits for it, and it is killed with all that it has started.
 */
export class AdapterClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #gone = Promise.withResolvers<void>();
  #last = 0;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #complaint = '';
  #end: Interrupted | undefined;

  /** Starts one in a session of its own, so that it can be killed with its children. */
  constructor(
    [file = '', ...args]: readonly string[],
    environment: { readonly [name: string]: string | undefined },
  ) {
    this.#child = spawn(file, args, { detached: true, stdio: 'pipe', env: environment, cwd: '/' });
    this.#child.on('error', (error) =>
      this.#finish(new Interrupted('ERROR', `the adapter: ${error.message}`)),
    );
    const closed = new Promise((resolve) => this.#child.on('close', resolve));
    this.#child.on('exit', async (code, signal) => {
      // The last of what it has said; who was started by it may hold the other ends.
      await Promise.race([closed, sleep(LAST_WORDS)]);
      const how = signal === null ? `with ${code}` : `by ${signal}`;
      const said = this.#complaint.trim().split('\n').slice(-3).join('\n');
      this.#finish(new Interrupted('CRASH', `the adapter has ended ${how}${said === '' ? '' : `: ${said}`}`));
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-LONGEST_COMPLAINT);
    });
  }

  get isAlive(): boolean {
    return this.#end === undefined;
  }

  /** Throws Interrupted where no answer comes within milliseconds, or none that is one. */
  async call(operation: string, request: object, patience: number): Promise<Outcome> {
    if (this.#end !== undefined) throw this.#end;
    this.#last++;
    const id = this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#waiting.set(id, { resolve, reject });
    const timer = setTimeout(
      () =>
        this.#finish(
          new Interrupted('TIMEOUT', `"${operation}" has not been answered within ${patience} ms`),
        ),
      patience,
    );
    this.#child.stdin?.write(`${JSON.stringify({ id, operation, request })}\n`);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** What it says of its runtime. */
  async describe(patience: number): Promise<AdapterDescription> {
    const outcome = await this.call('describe', {}, patience);
    if (!outcome.ok) throw new Interrupted('ERROR', outcome.error.message);
    const { value } = outcome;
    if (isDescription(value)) return value;
    const [error] = validateAdapterDescription.errors ?? [];
    throw this.#finish(
      new Interrupted('CRASH', `it describes itself otherwise than its schema: ${error?.message}`),
    );
  }

  /** Waits until it has gone. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#kill(), FAREWELL);
    await this.#gone.promise;
    clearTimeout(timer);
    this.#kill();
  }

  /** Lines that do not end yet are only looked at when they do. */
  #read(chunk: Buffer): void {
    if (this.#end !== undefined) return;
    let rest = chunk;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      const line = Buffer.concat([...this.#unread, rest.subarray(0, end)]);
      this.#unread = [];
      this.#unreadBytes = 0;
      rest = rest.subarray(end + 1);
      this.#take(line.toString());
    }
    this.#unread.push(rest);
    this.#unreadBytes += rest.length;
    if (this.#unreadBytes > LONGEST_REPLY)
      this.#finish(new Interrupted('CRASH', 'the adapter says more than any reply has'));
  }

  #take(line: string): void {
    const reply = replyIn(line);
    const waiting = reply && this.#waiting.get(reply.id);
    if (waiting === undefined) {
      this.#finish(
        new Interrupted('CRASH', `the adapter answers nonsense: ${JSON.stringify(line.slice(0, 200))}`),
      );
    } else waiting.resolve(reply as Outcome);
  }

  #finish(end: Interrupted): Interrupted {
    this.#end ??= end;
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#kill();
    if (this.#child.pid === undefined) this.#gone.resolve();
    else if (this.#child.exitCode !== null || this.#child.signalCode !== null) this.#gone.resolve();
    else void once(this.#child, 'exit').then(() => this.#gone.resolve());
    return this.#end;
  }

  #kill(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  }
}

function replyIn(line: string): AdapterReply | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return validateAdapterReply(value) ? (value as AdapterReply) : undefined;
  } catch {
    return undefined;
  }
}

function isDescription(value: object): value is AdapterDescription {
  return validateAdapterDescription(value);
}
