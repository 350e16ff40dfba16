import { createInterface } from 'node:readline';
import { ScError } from '../../errors/error.ts';
import { faultOf } from '../../errors/fault.ts';
import { errnoOf } from '../../errors/reason.ts';
import { unstartedCode } from '../../errors/unstarted-code.ts';
import type { AdapterDescription, AdapterError } from '../../schema/conformance-adapter.ts';
import { kindOf } from '../error-kinds.ts';

type Request = { [name: string]: unknown };

/** What stands behind the protocol: an operation each, by its name there. */
export interface Adapter {
  describe(): Promise<AdapterDescription>;
  /** Values of which are objects. */
  operations: { readonly [operation: string]: (request: never) => Promise<unknown> };
  /** Takes back what outlives its operations, where there is such. */
  close?(): void;
}

/** A refusal in words of the protocol. */
export class Refusal extends Error {
  readonly details: AdapterError;

  constructor(kind: AdapterError['kind'], message: string, more: Partial<AdapterError> = {}) {
    super(message);
    this.details = { kind, message, ...more };
  }
}

/** Answers requests on the standard input, each as soon as it is done, until that ends. */
export async function serve(adapter: Adapter): Promise<void> {
  const working = new Set<Promise<void>>();
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, operation, request } = JSON.parse(line) as {
      id: number;
      operation: string;
      request: Request;
    };
    const work = answer(adapter, operation, request)
      .then((value) => ({ id, ok: true, value }))
      .catch((error: unknown) => ({ id, ok: false, error: detailsOf(error) }))
      .then((reply) => {
        process.stdout.write(`${JSON.stringify(reply)}\n`);
        working.delete(work);
      });
    working.add(work);
  }
  await Promise.all(working);
}

async function answer(adapter: Adapter, operation: string, request: Request): Promise<object> {
  if (operation === 'describe') return adapter.describe();
  const perform = Object.hasOwn(adapter.operations, operation) ? adapter.operations[operation] : undefined;
  if (perform === undefined) throw new Refusal('unsupported', `it has no operation "${operation}"`);
  return ((await perform(request as never)) ?? {}) as object;
}

/** What is told of an error in words of the protocol. */
export function detailsOf(error: unknown): AdapterError {
  if (error instanceof Refusal) return error.details;
  if (error instanceof ScError) {
    const { code, message, errno } = error;
    const exitCode = unstartedCode(code) ?? 125;
    return { kind: kindOf(code, errno), code, message, exitCode, fault: faultOf(error) };
  }
  return { kind: 'internal', message: `${errnoOf(error) ?? ''} ${(error as Error).message}`.trim() };
}
