import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdapterDescription } from '../schema/conformance-adapter.ts';
import type { ConformanceCase, Step } from '../schema/conformance-case.ts';
import type { Evidence } from '../schema/conformance-log.ts';
import type { AdapterClient } from './adapter-client.ts';
import { type Answer, brokenOf } from './answer.ts';
import { makeAttemptDirectory } from './attempt-directory.ts';
import { actionOf } from './case-rules.ts';
import { HeldFiles } from './held-files.ts';
import { HostSide } from './host-side.ts';
import { Interrupted } from './interrupted.ts';
import { Neighbour } from './neighbour.ts';
import { untilNextLook } from './next-look.ts';
import { RuntimeSide } from './runtime-side.ts';
import { fill, fillKnown, type Scope } from './template.ts';

const PATIENCE = 20_000;

export interface AttemptPlan {
  value: ConformanceCase;
  profiles: readonly string[];
  /** What the table and the suite have values for. */
  row: Scope;
  /** Empty, and the attempt's own. */
  directory: string;
  /** The beginning of the names of its containers. */
  token: string;
  adapter: AdapterClient;
  description: AdapterDescription;
  /** Puts a shell and the usual programs at a place. */
  putPrograms(place: string): void;
  /** Most milliseconds that anything is waited for, whatever the case says. */
  patience?: number | undefined;
  /** Most milliseconds that an expectation is waited for, whatever the case says. */
  longestWait?: number | undefined;
}

/** Once through the steps of a case, on a runtime that holds nothing else. */
export class Attempt {
  readonly #plan: AttemptPlan;
  readonly #patience: number;
  readonly #longestWait: number;
  readonly #host: HostSide;
  readonly #runtime: RuntimeSide;
  readonly #held = new HeldFiles();
  #neighbour: Neighbour | undefined;
  readonly #begun = new Map<string, Promise<Answer>>();
  #scope: Scope;
  /** Variables of the runtime's command line. */
  #environment: { readonly [name: string]: string } = {};
  readonly evidence: Evidence[] = [];
  assertions = 0;

  constructor(plan: AttemptPlan) {
    const { directory, token, row, value, patience: most = Number.POSITIVE_INFINITY } = plan;
    const patience = Math.min(value.timeout ?? PATIENCE, most);
    const tmp = join(directory, 'tmp');
    this.#plan = plan;
    this.#patience = patience;
    this.#longestWait = Math.min(patience, plan.longestWait ?? patience);
    this.#host = new HostSide({ directory: tmp, command: plan.description.command ?? [], patience });
    this.#runtime = new RuntimeSide({ ...plan, patience, scope: () => this.#scope });
    const names = ['main', ...Object.keys(value.containers ?? {})].map((key) => [key, `${token}-${key}`]);
    const own = {
      ...{ tmp, rootfs: join(directory, 'rootfs'), state: join(directory, 'state'), token },
      name: withParts(`${token}-main`, Object.fromEntries(names)),
    };
    this.#scope = { ...fillKnown(row, own), ...own };
  }

  /** What broke first; undefined where all held. */
  async perform(): Promise<string | undefined> {
    const { value, directory, adapter, token, putPrograms } = this.#plan;
    if (value.neighbour === true) await this.#makeNeighbour();
    makeAttemptDirectory(directory, value, this.#scope, putPrograms);
    const begun = await adapter.call('begin', { directory: join(directory, 'state'), token }, this.#patience);
    if (!begun.ok) throw new Interrupted('ERROR', `begin: ${begun.error.message}`);
    this.#environment = (begun.value.environment ?? {}) as { [name: string]: string };
    for (const [index, step] of value.steps.entries()) {
      const broken = await this.#do(index, step);
      if (broken.length > 0) return `step ${index + 1}, ${actionOf(step)}: ${broken.join('; ')}`;
    }
    return undefined;
  }

  /** Ends what was begun and nobody has waited for, and takes the other machine away. */
  async close(): Promise<void> {
    this.#host.close();
    this.#held.close();
    await this.#neighbour?.remove();
  }

  async #makeNeighbour(): Promise<void> {
    this.#neighbour = await Neighbour.make(this.#plan.token.slice(-15));
    const { ipv4, ipv6 } = this.#neighbour;
    const end = (name: 'machine' | 'neighbour') =>
      withParts(ipv4[name], { ...(ipv6 && { ipv6: ipv6[name] }) });
    this.#scope = { ...this.#scope, machine: end('machine'), neighbour: end('neighbour') };
  }

  async #do(index: number, raw: Step): Promise<string[]> {
    const { as, begin, within = 0, expect } = raw;
    const action = actionOf(raw);
    const began = Date.now();
    const deadline = began + Math.min(within, this.#longestWait);
    if (begin !== undefined) {
      const answer = this.#perform(index, fill(raw, this.#scope));
      // Who joins it hears of it.
      answer.catch(() => undefined);
      this.#begun.set(begin, answer);
      return [];
    }
    for (;;) {
      const answer = await this.#perform(index, fill(raw, this.#scope));
      const broken = brokenOf(answer, fill(expect, this.#scope), this.#plan.profiles);
      if (broken.length === 0 || Date.now() >= deadline) {
        this.assertions += Object.keys(expect ?? {}).length;
        if (as !== undefined) this.#scope = { ...this.#scope, [as]: answer };
        this.evidence.push({ step: index + 1, action, seen: answer, ...(broken.length > 0 && { broken }) });
        return broken;
      }
      await sleep(untilNextLook(began));
    }
  }

  async #perform(index: number, step: Step): Promise<Answer> {
    const action = actionOf(step);
    switch (action) {
      case 'run':
        return this.#runtime.run(index, step.run ?? {});
      case 'exec':
        return this.#runtime.exec(index, step.exec ?? {});
      case 'join':
        return this.#join(step.join ?? '');
      case 'host':
        return this.#host.script(step.host ?? { script: '' });
      case 'neighbour':
        return this.#host.script(step.neighbour ?? { script: '' }, this.#neighbour?.enter);
      case 'cli':
        return this.#host.commandLine(step.cli ?? { args: [] }, this.#environment, step.begin);
      case 'caller':
        return this.#host.asCaller(step.caller ?? { of: '' });
      case 'look':
        return this.#held.look(step.look ?? '');
      case 'hold':
        return this.#held.hold(step.hold ?? '');
      case 'held':
        return this.#held.held(step.held ?? '');
      case 'release':
        return this.#held.release(step.release ?? '');
      case 'list':
        return this.#runtime.call('list', {});
      case 'call':
        return this.#runtime.inItsForm(step.call ?? { operation: '', request: {} });
      case 'copy':
        return this.#runtime.copy(step.copy ?? { from: '', to: '' });
      case 'logs':
        return this.#runtime.logs(step.logs ?? {});
      case 'process':
        return this.#runtime.process(step.process ?? {});
      default:
        return this.#runtime.onOne(action, step[action] ?? {});
    }
  }

  async #join(name: string): Promise<Answer> {
    const begun = this.#begun.get(name);
    if (begun === undefined) throw new Error(`nothing was begun as "${name}"`);
    this.#begun.delete(name);
    return begun;
  }
}

/** A text that has others by their names: `<<name>>` and `<<name.other>>`. */
function withParts(text: string, parts: object): object {
  return Object.assign(new String(text), parts);
}
